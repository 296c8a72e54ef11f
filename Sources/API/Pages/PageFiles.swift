import Core
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The files of a folder of pages, read once: those at `/docs`, as `bin/docs` made them, and those at `/admin`.
public struct PageFiles: Sendable {
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

    /// Nothing from other hosts, nothing inline. `data:` are small pictures in style sheets.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'"

    /// The file of this name, compressed for who takes it, or 304 where it is known already.
    ///
    /// - Throws: `Problem` 404.
    func answer(_ name: String, to request: Request) throws -> Response {
        guard let file = self[name] else { throw Problem(.notFound, detail: "There is no such page.") }
        var headers: HTTPFields = [
            .contentType: file.contentType, .eTag: file.tag, .cacheControl: "no-cache", .contentSecurityPolicy: Self.policy,
            .vary: "Accept-Encoding", .referrerPolicy: "no-referrer",
        ]
        if request.headers[.ifNoneMatch] == file.tag { return Response(status: .notModified, headers: headers) }
        guard let gzipped = file.gzipped, Self.takesGzip(request) else {
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.body))
        }
        headers[.contentEncoding] = "gzip"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: gzipped))
    }

    /// Browsers list `gzip` without a weight; anything more elaborate gets the file as it is.
    private static func takesGzip(_ request: Request) -> Bool {
        (request.headers[.acceptEncoding] ?? "").split(separator: ",").contains { $0.drop { $0 == " " } == "gzip" }
    }

    /// A file by its name, a page also without its extension.
    subscript(name: String) -> File? { files[name] ?? files[name + ".html"] }

    private static let types: [String: String] = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml", "json": "application/json", "yaml": "application/yaml", "txt": "text/plain; charset=utf-8",
    ]
}
