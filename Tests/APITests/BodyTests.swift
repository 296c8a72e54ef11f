import API
import Core
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@Suite("Bodies")
struct BodyTests {
    private func post(_ body: String?, _ headers: HTTPFields = [:], to path: String = "/open/echo") async throws -> TestResponse {
        try await TestAPI().test { client in
            var all: HTTPFields = [.contentType: "application/json"]
            for field in headers { all[field.name] = field.value }
            if headers[.contentType] == "none" { all[.contentType] = nil }
            return try await client.execute(uri: path, method: .post, headers: all, body: body.map { ByteBuffer(string: $0) })
        }
    }

    private func thing(_ body: String?) async throws -> TestResponse { try await post(body, .person, to: "/api/v1/things") }

    @Test("The body may be as long as the limit and no longer (R1)")
    func limit() async throws {
        #expect(try await post(String(repeating: " ", count: 1024)).status == .ok)
        let over = try await post(String(repeating: " ", count: 1025))
        #expect(over.status == .contentTooLarge)
        #expect(over.code == "body_too_large")
        #expect(over.headers[.connection] == "close")
        #expect(try await thing(#"{"name":"\#(String(repeating: "x", count: 65_536))"}"#).status == .contentTooLarge)
    }

    @Test("Another media type is 415, parameters that change nothing are not")
    func mediaType() async throws {
        for type in [
            "none", "", "text/plain", "application/jsonx", "application/json; charset=utf-16", "application/x-www-form-urlencoded",
        ] {
            let response = try await post("{}", [.contentType: type])
            #expect(response.status == .unsupportedMediaType, "\(type)")
            #expect(response.code == "unsupported_media_type")
        }
        for type in ["application/json", "Application/JSON", "application/json;charset=UTF-8", "application/json ; charset=\"utf-8\"; v=1"]
        {
            #expect(try await post("{}", [.contentType: type]).status == .ok, "\(type)")
        }
        #expect(try await post(nil, [.contentType: "none"]).status == .ok)
    }

    @Test("An encoded body is refused (R2)", arguments: ["gzip", "br", "deflate", "identity, gzip"])
    func encoding(name: String) async throws {
        let response = try await post("{}", [.contentEncoding: name])
        #expect(response.status == .unsupportedMediaType)
        #expect(response.code == "unsupported_content_encoding")
    }

    @Test("What is no strict JSON object is 400 (R3, P1)")
    func malformed() async throws {
        let deep = String(repeating: "[", count: 30_000)
        for body in [
            "{", "[]", "1", "null", #""x""#, "{}x", #"{"name":NaN}"#, #"{"name":"a","name":"b"}"#, #"{"name":"\ud800"}"#, #"{"a":1,}"#,
            deep,
            #"{"name":01}"#, "\u{feff}{}", "{\"name\":\"\u{0001}\"}",
        ] {
            let response = try await thing(body)
            #expect(response.status == .badRequest, "\(body.prefix(40))")
            #expect(response.code == "malformed_json")
        }
        #expect(try await thing("").code == "body_required")
        #expect(try await thing(nil).code == "body_required")
    }

    @Test("Invalid UTF-8 is 400")
    func invalidUTF8() async throws {
        let response = try await TestAPI().test { client in
            var headers = HTTPFields.person
            headers[.contentType] = "application/json"
            let bytes: [UInt8] = Array(#"{"name":""#.utf8) + [0xff] + Array(#""}"#.utf8)
            return try await client.execute(uri: "/api/v1/things", method: .post, headers: headers, body: ByteBuffer(bytes: bytes))
        }
        #expect(response.code == "malformed_json")
    }

    @Test("Wrong, missing and unknown fields are 422, all at once (A9)")
    func validation() async throws {
        let response = try await thing(#"{"restaurant_id":"x","a/b~c":1,"name":"12345678901"}"#)
        #expect(response.status == .unprocessableContent)
        #expect(response.code == "validation_failed")
        let errors = response.json?["errors"]?.elements ?? []
        #expect(errors.map { $0["pointer"]?.string } == ["/name", "/restaurant_id", "/a~1b~0c"])
        #expect(errors.map { $0["code"]?.string } == ["too_long", "unknown_field", "unknown_field"])
        #expect(try await thing("{}").json?["errors"]?.elements.first?["code"]?.string == "required")
        #expect(try await thing(#"{"name":"Ali"}"#).status == .ok)
    }
}
