import Core
import Crypto
import Foundation
import NIOCore

/// The files of the pages at `/docs`, as `bin/docs` made them; read once.
public struct DocsFiles: Sendable {
    struct File: Sendable {
        /// Shared by all answers: slow readers of the largest file would otherwise each hold a copy of it.
        let body: ByteBuffer
        /// The same, compressed; nil where that was not worth it.
        let gzipped: ByteBuffer?
        let contentType: String
        let tag: String
    }

    private let files: [String: File]

    /// - Parameter directory: nil when there is none; every page is then answered 404.
    public init(directory: URL?) {
        var files: [String: File] = [:]
        let names = directory.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path(percentEncoded: false)) } ?? []
        for name in names {
            guard let directory, let type = Self.types[URL(filePath: name).pathExtension],
                let data = try? Data(contentsOf: directory.appending(path: name))
            else { continue }
            files[name] = File(
                body: ByteBuffer(bytes: data),
                gzipped: (try? Data(contentsOf: directory.appending(path: name + ".gz"))).map { ByteBuffer(bytes: $0) },
                contentType: type,
                // Weak: it is the same compressed or not.
                tag: "W/\"\(Array(SHA256.hash(data: data).prefix(12)).hexadecimal)\""
            )
        }
        self.files = files
    }

    /// A file by its name, a page also without its extension.
    subscript(name: String) -> File? { files[name] ?? files[name + ".html"] }

    private static let types: [String: String] = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml", "json": "application/json", "yaml": "application/yaml", "txt": "text/plain; charset=utf-8",
    ]
}
