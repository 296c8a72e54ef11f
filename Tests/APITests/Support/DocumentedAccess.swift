import API
import HTTPTypes
import Tenancy

/// Who may use an operation, in the words of `openapi.yaml`.
struct DocumentedAccess: Hashable, CustomStringConvertible {
    let operation: String
    /// The names in `security`.
    let schemes: Set<String>
    let scopes: [String]?
    let roles: [String]?
    let credentials: [String]?
}

extension DocumentedAccess {
    /// What the file has to say about a route.
    init(_ entry: AccessTable.Entry) {
        let access = entry.access
        let people = [Role.owner, .manager, .agent].filter { $0 >= access.role }.map(\.rawValue)
        let tickets: Set<String> = access.takesTicket ? ["ticket"] : []
        operation = "\(entry.method.rawValue) \(OpenAPIFile.shape(of: entry.path))"
        scopes = access.scope.map { [$0] } ?? []
        switch entry.callers {
        case .platform:
            (schemes, roles, credentials) = (["apiKey", "bearer", "session"], ["platform"], nil)
        case .merchant, .reader:
            // The key that is let in beside a session is the platform's.
            schemes = tickets.union(access.needsLogin ? ["apiKey", "session"] : ["apiKey", "bearer", "session"])
            (roles, credentials) = (["platform"] + people, access.needsLogin ? ["session", "platform"] : nil)
        case .person:
            schemes = access.needsLogin ? ["session"] : ["bearer", "session"]
            (roles, credentials) = access.scope == nil ? ([], nil) : (people, ["person"])
        }
    }

    var description: String {
        "\(operation): \(schemes.sorted()) \(scopes ?? []) \(roles ?? []) \(credentials ?? [])"
    }
}
