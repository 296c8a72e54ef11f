import Foundation
import Hummingbird

/// The page of the queues at `/admin/queues` (H1): files that anybody may read, which ask the API with what the reader enters.
public struct QueuePageRoutes: Sendable {
    private let files: PageFiles

    /// - Parameter files: by default those of this program.
    public init(_ files: PageFiles = PageFiles(directory: QueuePageRoutes.directory)) {
        self.files = files
    }

    /// Outside the API, hence not in `openapi.yaml`.
    public func add(to router: Router<AppRequestContext>) {
        router.get("admin/queues") { request, _ in try files.answer("index", to: request) }
        router.get("admin/queues/:file") { request, context in try files.answer(context.parameters.get("file") ?? "", to: request) }
    }

    /// Beside the executable, where SwiftPM puts resources; nil when it is not there. `Bundle.module` is not used: it stops the process when the folder is
    /// missing, and an API without its page is still an API.
    public static var directory: URL? {
        let places = [Bundle.main.bundleURL, Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()]
        return places.compactMap { $0?.appending(path: "maitre_API.resources/Resources/queues") }
            .first { FileManager.default.fileExists(atPath: $0.path(percentEncoded: false)) }
    }
}
