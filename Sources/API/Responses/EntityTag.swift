import HTTPTypes
import Hummingbird

/// The strong entity tag of a resource with a version (`api.md` 4, rule 8): `"v7"`.
public struct EntityTag: Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(version: Int64) {
        description = "\"v\(version)\""
    }

    /// Whether `If-None-Match` says that the client has this already. Compared weakly, as RFC 9110 asks.
    public func isKnown(to request: Request) -> Bool {
        request.headers[values: .ifNoneMatch].contains { matches($0, weakly: true) }
    }

    /// Lets a change through when the client saw this version.
    ///
    /// - Throws: `Problem` 412 when it saw another; 428 when it says nothing and `required`.
    public func check(_ request: Request, required: Bool) throws {
        let values = request.headers[values: .ifMatch]
        guard !values.isEmpty else {
            if required { throw Problem(.preconditionRequired, detail: "Send If-Match with the ETag that you saw.") }
            return
        }
        guard values.contains(where: { matches($0, weakly: false) }) else {
            throw Problem(.versionMismatch, detail: "It was changed since; read it again.")
        }
    }

    /// 304 with the tag, for a client that has this version.
    public var notModified: Response { Response(status: .notModified, headers: [.eTag: description]) }

    private func matches(_ list: String, weakly: Bool) -> Bool {
        list.split(separator: ",").contains { part in
            var tag = part.drop { $0 == " " || $0 == "\t" }
            while tag.last == " " || tag.last == "\t" { tag = tag.dropLast() }
            if tag == "*" { return true }
            if weakly, tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
            return tag == description
        }
    }
}
