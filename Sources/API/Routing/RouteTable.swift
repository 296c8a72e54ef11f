import HTTPTypes
import Hummingbird
import Synchronization

/// Which methods each path has. The router only knows whether one pair of method and path exists, which is not enough for a 405 with `Allow`.
///
/// Only looked at when no route matched. Middleware is added before routes, so it is made empty and filled at the end.
public final class RouteTable: Sendable {
    /// What Hummingbird puts in place of a route template when nothing matched.
    static let unmatched = "NotFound"

    private struct Entry: Sendable {
        let path: RouterPath
        var methods: Set<String>
    }

    private let entries = Mutex<[Entry]>([])

    public init() {}

    /// Takes over all routes of `router`. `HEAD` is there wherever `GET` is (`RouterOptions.autoGenerateHeadEndpoints`).
    public func fill(from router: Router<some RequestContext>) {
        var byPath: [String: Entry] = [:]
        for route in router.routes {
            var entry = byPath[route.path.description] ?? Entry(path: route.path, methods: ["OPTIONS"])
            entry.methods.insert(route.method.rawValue)
            if route.method == .get { entry.methods.insert("HEAD") }
            byPath[route.path.description] = entry
        }
        entries.withLock { $0 = Array(byPath.values) }
    }

    /// The methods of `path` in alphabetical order; empty when there is no such path.
    func methods(of path: String) -> [HTTPRequest.Method] {
        let parts = path.split(separator: "/")
        var methods: Set<String> = []
        entries.withLock {
            for entry in $0 where Self.matches(entry.path, parts) { methods.formUnion(entry.methods) }
        }
        return methods.sorted().compactMap { HTTPRequest.Method($0) }
    }

    private static func matches(_ path: RouterPath, _ parts: [Substring]) -> Bool {
        if path.components.last == .recursiveWildcard {
            return parts.count >= path.count && zip(path, parts).allSatisfy { $0 ~= $1 }
        }
        return path.count == parts.count && zip(path, parts).allSatisfy { $0 ~= $1 }
    }
}
