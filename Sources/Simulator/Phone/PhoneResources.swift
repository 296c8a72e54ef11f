import Foundation
import HTTPTypes

/// The phone page's files, read once.
struct PhoneResources: Sendable {
    struct File: Sendable {
        let bytes: [UInt8]
        let contentType: String
        let tag: String
    }

    private let files: [String: File]

    /// - Parameter directory: nil looks beside the executable, where SwiftPM puts resources. `Bundle.module` is not used: it stops the
    ///   process when the folder is missing, and a simulator without its page is still a simulator.
    init(directory: URL? = nil) {
        var files: [String: File] = [:]
        let folder = directory ?? Self.findDirectory()
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? [] {
            guard let type = Self.types[URL(filePath: name).pathExtension],
                let data = try? Data(contentsOf: folder.appending(path: name))
            else { continue }
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in data { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            files[name] = File(bytes: Array(data), contentType: type, tag: "\"\(String(hash, radix: 16))\"")
        }
        self.files = files
    }

    subscript(name: String) -> File? { files[name] }

    /// The picture that is sent when nobody chooses another.
    var sampleImage: [UInt8]? { files["sample.jpg"]?.bytes }

    private static func findDirectory() -> URL {
        let bundle = "maitre_Simulator.resources/Resources/phone"
        let places = [Bundle.main.bundleURL, Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()]
        for place in places.compactMap({ $0 }) {
            let folder = place.appending(path: bundle)
            if FileManager.default.fileExists(atPath: folder.path(percentEncoded: false)) { return folder }
        }
        return URL(filePath: bundle)
    }

    private static let types: [String: String] = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg", "json": "application/json",
        "webmanifest": "application/manifest+json",
    ]
}
