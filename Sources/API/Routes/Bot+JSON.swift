import Core
import Messaging

extension Bot {
    /// Writes `Bot` of `openapi.yaml`.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("name", name)
            writer.member("greeting", nullable: greeting)
            writer.member("menu", nullable: menu)
            writer.member("openingHours", nullable: openingHours)
            writer.member("version", version)
            writer.member("createdAt", createdAt)
            writer.member("updatedAt", updatedAt)
        }
    }

    var json: JSONWriter {
        var writer = JSONWriter()
        write(to: &writer)
        return writer
    }

    var entityTag: EntityTag { EntityTag(version: version) }
}
