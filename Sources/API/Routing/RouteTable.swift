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
        // The router goes by the most specific template, and so does what it allows: `team/invitations` is no member.
        let found = entries.withLock { entries in
            entries.filter { Self.matches($0.path, parts) }.max { Self.isLess($0.path, specificThan: $1.path) }
        }
        return (found?.methods ?? []).sorted().compactMap { HTTPRequest.Method($0) }
    }

    /// Compares templates from the left: a literal before a parameter before a wildcard.
    private static func isLess(_ one: RouterPath, specificThan other: RouterPath) -> Bool {
        for (left, right) in zip(one, other) where rank(left) != rank(right) { return rank(left) < rank(right) }
        return one.count < other.count
    }

    private static func rank(_ component: RouterPath.Element) -> Int {
        if component == .recursiveWildcard { return 0 }
        let text = component.description
        return text.contains("*") ? 1 : text.contains("{") ? 2 : 3
    }

    private static func matches(_ path: RouterPath, _ parts: [Substring]) -> Bool {
        if path.components.last == .recursiveWildcard {
            return parts.count >= path.count && zip(path, parts).allSatisfy { $0 ~= $1 }
        }
        return path.count == parts.count && zip(path, parts).allSatisfy { $0 ~= $1 }
    }
}
