import API
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@Suite("The pages at /docs")
struct DocsTests {
    /// A router with the pages of a folder that has these files.
    private func router(_ files: [String: String]) throws -> Router<AppRequestContext> {
        let directory = FileManager.default.temporaryDirectory.appending(path: "docs-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, text) in files { try Data(text.utf8).write(to: directory.appending(path: name)) }
        return router(PageFiles(directory: directory))
    }

    private func router(_ files: PageFiles) -> Router<AppRequestContext> {
        let api = APIRouter(APIConfiguration(logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })))
        DocsRoutes(files).add(to: api.router)
        return api.finished()
    }

    private let files = [
        "index.html": "<h1>Reference</h1>", "errors.html": "<h1>Errors</h1>", "docs.js": "start()", "docs.js.gz": "compressed",
        "openapi.yaml": "openapi: 3.1.0",
        "openapi.json": "{}", "made-of": "secret",
    ]

    @Test("K5: pages, scripts and the description are there, under a policy that allows nothing inline and no other host")
    func pages() async throws {
        try await Application(router: router(files)).test(.router) { client in
            let expected = [
                ("/docs", "<h1>Reference</h1>", "text/html; charset=utf-8"),
                ("/docs/errors", "<h1>Errors</h1>", "text/html; charset=utf-8"),
                ("/docs/docs.js", "start()", "text/javascript; charset=utf-8"), ("/openapi.yaml", "openapi: 3.1.0", "application/yaml"),
                ("/openapi.json", "{}", "application/json"),
            ]
            for (path, text, type) in expected {
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.status == .ok)
                #expect(response.text == text)
                #expect(response.headers[.contentType] == type)
                #expect(response.headers[.xContentTypeOptions] == "nosniff")
                let policy = try #require(response.headers[.contentSecurityPolicy])
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self';"))
                #expect(!policy.contains("unsafe") && !policy.contains("http"))
            }
        }
    }

    @Test("What is known already is not sent again, and what was compressed is sent so to who takes it")
    func savings() async throws {
        try await Application(router: router(files)).test(.router) { client in
            let first = try await client.execute(uri: "/docs/docs.js", method: .get, headers: [.acceptEncoding: "br, gzip"])
            #expect(first.text == "compressed")
            #expect(first.headers[.contentEncoding] == "gzip")
            let tag = try #require(first.headers[.eTag])
            let second = try await client.execute(uri: "/docs/docs.js", method: .get, headers: [.ifNoneMatch: tag])
            #expect(second.status == .notModified)
            #expect(second.body.readableBytes == 0)
            let plain = try await client.execute(uri: "/docs/docs.js", method: .get, headers: [.acceptEncoding: "gzip;q=0"])
            #expect(plain.text == "start()")
            #expect(plain.headers[.contentEncoding] == nil)
        }
    }

    @Test("Nothing but the pages is served, and without them the rest is a 404")
    func absent() async throws {
        try await Application(router: router(files)).test(.router) { client in
            for path in [
                "/docs/made-of", "/docs/nothing", "/docs/docs.js.gz", "/docs/..%2FPackage.swift", "/docs/%2e%2e", "/docs/errors/x",
            ] {
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.status == .notFound)
                #expect(response.code == "not_found")
            }
            let other = try await client.execute(uri: "/docs", method: .post)
            #expect(other.status == .methodNotAllowed)
        }
        try await Application(router: router(PageFiles(directory: nil))).test(.router) { client in
            let response = try await client.execute(uri: "/docs", method: .get)
            #expect(response.code == "not_found")
        }
    }
}
