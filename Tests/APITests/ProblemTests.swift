import API
import Core
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import InMemoryLogging
import Logging
import Testing

@testable import API

@Suite("Problem documents")
struct ProblemTests {
    @Test(
        "Every failure is a problem document, byte for byte",
        arguments: [
            ("domain", "/fail/domain"), ("unlisted", "/fail/unlisted"), ("fields", "/fail/fields"), ("unknown", "/fail/unknown"),
            ("http", "/fail/http"), ("database", "/fail/database"), ("cancelled", "/fail/cancelled"), ("missing", "/nowhere"),
            ("unauthenticated", "/api/v1/things/0"),
        ]
    )
    func golden(name: String, path: String) async throws {
        let response = try await TestAPI().test {
            try await $0.execute(uri: "\(path)?secret=1", method: .get, headers: [.requestID: "req-1"])
        }
        #expect(response.headers[.contentType] == "application/problem+json")
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(response.headers[.contentLength] == String(response.body.readableBytes))
        let fields = response.headers.filter { [.retryAfter, .allow, .wwwAuthenticate, .connection].contains($0.name) }
        let head = ([String(response.status.code)] + fields.map { "\($0.name): \($0.value)" }).joined(separator: "\n")
        try Golden.expect("\(head)\n\n\(response.text)\n", "problem-\(name).txt")
    }

    @Test("An unexpected error is logged once, with what it was; the client learns nothing")
    func unexpected() async throws {
        let log = InMemoryLogHandler()
        var api = TestAPI()
        api.logger = Logger(label: "test", factory: { _ in log })
        let response = try await api.test { try await $0.execute(uri: "/fail/unknown", method: .get) }
        #expect(response.status == .internalServerError)
        #expect(!response.text.contains("select"))
        let errors = log.entries.filter { $0.level >= .error }
        #expect(errors.count == 1)
        #expect(errors.first?.metadata["error"]?.description.contains("select password") == true)
        #expect(errors.first?.metadata["requestId"]?.description == response.headers[.requestID])
    }

    @Test("Codes are unique words with a client or server status")
    func catalogue() {
        for code in ProblemCode.allCases {
            #expect((400..<600).contains(code.status.code))
            #expect(!code.title.isEmpty)
            #expect(code.rawValue.wholeMatch(of: /[a-z]+(_[a-z]+)*/) != nil)
        }
    }

    @Test("Every status that promises a header field has it")
    func headers() {
        for code in ProblemCode.allCases {
            let headers = Problem(code).response().headers
            switch code.status.code {
            case 401: #expect(headers[.wwwAuthenticate] != nil)
            case 429, 503: #expect(headers[.retryAfter] != nil)
            case 408, 413: #expect(headers[.connection] == "close")
            default: break
            }
        }
    }

    @Test("An exhausted allowance says when it is refilled")
    func resets() throws {
        let problem = Problem(.allowanceExhausted, resetsAt: Timestamp(unixSeconds: 1_800_000_000))
        let document = try JSONDocument(parsing: problem.document())
        #expect(document.root["resetsAt"]?.string == "2027-01-15T08:00:00.000Z")
        #expect(problem.status.code == 402)
    }
}

/// Answers kept beside the tests. `MAITRE_RECORD_GOLDEN=1` writes them anew; the diff is then for review.
enum Golden {
    static func expect(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
        if ProcessInfo.processInfo.environment["MAITRE_RECORD_GOLDEN"] != nil {
            try Data(text.utf8).write(to: file)
            return
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(text == expected, sourceLocation: sourceLocation)
    }
}
