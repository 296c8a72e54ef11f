import API
import Foundation
import HTTPTypes
import Hummingbird
import Yams

/// `openapi.yaml` as far as tests compare it with the program.
struct OpenAPIFile {
    private let root: [String: Any]

    init(yaml: String) throws {
        root = try Yams.load(yaml: yaml) as? [String: Any] ?? [:]
    }

    /// The file beside `Package.swift`.
    static func ofThisProject() throws -> OpenAPIFile {
        let file = URL(filePath: #filePath).appending(path: "../../../../openapi.yaml").standardized
        return try OpenAPIFile(yaml: String(contentsOf: file, encoding: .utf8))
    }

    /// `GET /api/v1/bots/{}` for every operation, and again under each further base of `x-bases` unless the path item says `x-unversioned: false`.
    /// Names of path parameters do not count.
    func operations(tagged tag: String? = nil) -> Set<String> {
        var operations: Set<String> = []
        forEachOperation { name, operation in
            if let tag, (operation["tags"] as? [String])?.contains(tag) != true { return }
            operations.insert(name)
        }
        return operations
    }

    /// Who may use each operation that needs one of our credentials.
    var accesses: [DocumentedAccess] {
        var accesses: [DocumentedAccess] = []
        forEachOperation { name, operation in
            let schemes = Set((operation["security"] as? [[String: Any]] ?? []).flatMap(\.keys))
            guard !schemes.isDisjoint(with: ["apiKey", "bearer", "session"]) else { return }
            accesses.append(
                DocumentedAccess(
                    operation: name,
                    schemes: schemes,
                    scopes: operation["x-scopes"] as? [String],
                    roles: operation["x-roles"] as? [String],
                    credentials: operation["x-credentials"] as? [String]
                )
            )
        }
        return accesses
    }

    private func forEachOperation(_ body: (String, [String: Any]) -> Void) {
        for (path, item) in paths {
            for case let (method, operation as [String: Any]) in item where Self.methods.contains(method) {
                for path in [path] + (item["x-unversioned"] as? Bool == false ? [] : aliases(of: path)) {
                    body("\(method.uppercased()) \(Self.shape(of: path))", operation)
                }
            }
        }
    }

    /// The enumeration of a schema of strings.
    func enumeration(of schema: String) -> [String] {
        let schemas = (root["components"] as? [String: Any])?["schemas"] as? [String: Any]
        return (schemas?[schema] as? [String: Any])?["enum"] as? [String] ?? []
    }

    var bases: [String: [String]] { root["x-bases"] as? [String: [String]] ?? [:] }

    /// A path with its parameters' names taken out: `/api/v1/bots/{}`.
    static func shape(of path: String) -> String { path.replacing(/\{[^}]*\}/, with: "{}") }

    private var paths: [String: [String: Any]] { root["paths"] as? [String: [String: Any]] ?? [:] }

    private func aliases(of path: String) -> [String] {
        bases.flatMap { base, others in
            path.hasPrefix(base + "/") ? others.map { $0 + path.dropFirst(base.count) } : []
        }
    }

    private static let methods: Set<String> = ["get", "put", "post", "delete", "patch", "head", "options", "trace"]
}

/// How the routes of a program and the operations of its file differ.
struct RouteComparison {
    /// In the file, and no route.
    let unserved: Set<String>
    /// Routes that the file does not know.
    let undocumented: Set<String>

    /// - Parameters:
    ///   - tag: compare with the operations of this tag only.
    ///   - ignoring: paths outside the API, such as pages.
    init(_ router: Router<some RequestContext>, _ file: OpenAPIFile, tagged tag: String? = nil, ignoring: Set<String> = []) {
        let routes = Set(
            router.routes.filter { !ignoring.contains($0.path.description) }
                .map { "\($0.method.rawValue) \(OpenAPIFile.shape(of: $0.path.description))" }
        )
        let operations = file.operations(tagged: tag)
        unserved = operations.subtracting(routes)
        undocumented = routes.subtracting(operations)
    }
}
