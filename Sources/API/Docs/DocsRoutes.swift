import Hummingbird

/// The reference with its console and the guides at `/docs` (K5), and the description of the API as a file.
public struct DocsRoutes: Sendable {
    private let files: PageFiles

    public init(_ files: PageFiles) {
        self.files = files
    }

    /// Outside the API, hence not in `openapi.yaml`.
    public func add(to router: Router<AppRequestContext>) {
        router.get("docs") { request, _ in try files.answer("index", to: request) }
        router.get("docs/:page") { request, context in try files.answer(context.parameters.get("page") ?? "", to: request) }
        router.get("openapi.yaml") { request, _ in try files.answer("openapi.yaml", to: request) }
        router.get("openapi.json") { request, _ in try files.answer("openapi.json", to: request) }
    }
}
