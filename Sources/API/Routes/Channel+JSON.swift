import Core
import Messaging

extension Channel {
    /// Writes `Channel` of `openapi.yaml`: of the secrets only whether they are there (A10).
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("botId", bot)
            writer.member("provider", provider.rawValue)
            writer.member("phoneNumberId", providerNumberID)
            writer.member("wabaId", nullable: wabaID)
            writer.member("displayNumber", displayNumber)
            writer.member("hasAccessToken", hasAccessToken)
            writer.member("hasVerifyToken", hasVerifyToken)
            writer.member("messagesPerSecond", Int64(messagesPerSecond))
            writer.member("status", status.rawValue)
            writer.member("stoppedReason", nullable: stoppedReason)
            writer.member("version", version)
            writer.member("createdAt", createdAt)
            writer.member("updatedAt", updatedAt)
        }
    }

    var json: JSONWriter {
        var writer = JSONWriter(reserving: 512)
        write(to: &writer)
        return writer
    }

    var entityTag: EntityTag { EntityTag(version: version) }
}
