import Core
import Foundation
import Logging
import Messaging
import NIOCore
import Testing

@Suite("Sending: what became of it", .timeLimit(.minutes(1)))
struct MetaClientTests {
    private static let credentials = ChannelCredentials(providerNumberID: "106540352242922", accessToken: Secret("EAAB-token"))
    private static let accepted =
        #"{"messaging_product":"whatsapp","contacts":[{"input":"+966500000001","wa_id":"966500000001","user_id":"SA.134"}],"messages":[{"id":"wamid.out"}]}"#

    private static func error(_ code: Int64, extra: String = "") -> String {
        #"{"error":{"message":"(#\#(code)) m","type":"OAuthException","code":\#(code)\#(extra),"error_data":{"messaging_product":"whatsapp","details":"d"},"fbtrace_id":"A"}}"#
    }

    private func message(attempt: Int = 0) -> OutboundMessage {
        OutboundMessage(id: .new(), recipient: .waID("966500000001"), content: .text(body: "hi", previewURL: false), attempt: attempt)
    }

    private func withClient<Result>(
        port: Int,
        _ change: (inout MetaClient.Configuration) -> Void = { _ in },
        _ body: (MetaClient) async throws -> Result
    ) async throws -> Result {
        var configuration = MetaClient.Configuration(baseURL: "http://127.0.0.1:\(port)/v24.0")
        configuration.connectTimeout = .seconds(5)
        configuration.readTimeout = .seconds(5)
        configuration.totalTimeout = .seconds(10)
        change(&configuration)
        let client = MetaClient(configuration: configuration, logger: Logger(label: "test"))
        do {
            let result = try await body(client)
            try await client.shutdown()
            return result
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    private func send(
        _ behaviour: ScriptedServer.Behaviour,
        attempt: Int = 0,
        _ change: (inout MetaClient.Configuration) -> Void = { _ in }
    ) async throws -> (
        SendOutcome, [String]
    ) {
        let server = try await ScriptedServer.start(behaviour)
        let outcome = try await withClient(port: server.port, change) { await $0.send(message(attempt: attempt), using: Self.credentials) }
        try await server.stop()
        return (outcome, server.requests)
    }

    @Test("An accepted message, and the request as it was sent")
    func accepted() async throws {
        let (outcome, requests) = try await send(.answer(ScriptedServer.response("200 OK", Self.accepted)))
        #expect(outcome == .accepted(providerMessageID: "wamid.out", recipientWaID: "966500000001", recipientUserID: "SA.134", held: false))
        let request = try #require(requests.first)
        #expect(requests.count == 1)
        #expect(request.hasPrefix("POST /v24.0/106540352242922/messages HTTP/1.1\r\n"))
        #expect(request.contains("\r\nAuthorization: Bearer EAAB-token\r\n"))
        #expect(request.contains("\r\nContent-Type: application/json\r\n"))
        #expect(request.hasSuffix(#""type":"text","text":{"preview_url":false,"body":"hi"}}"#))
    }

    @Test func heldForAQualityCheck() async throws {
        let body = #"{"messages":[{"id":"w","message_status":"held_for_quality_assessment"}]}"#
        #expect(
            try await send(.answer(ScriptedServer.response("200 OK", body))).0
                == .accepted(providerMessageID: "w", recipientWaID: nil, recipientUserID: nil, held: true)
        )
    }

    @Test("C6: read receipts")
    func markRead() async throws {
        let server = try await ScriptedServer.start(.answer(ScriptedServer.response("200 OK", #"{"success":true}"#)))
        let outcome = try await withClient(port: server.port) {
            await $0.markRead(providerMessageID: "wamid.in", typing: true, using: Self.credentials)
        }
        #expect(outcome == .accepted(providerMessageID: "", recipientWaID: nil, recipientUserID: nil, held: false))
        #expect(server.requests.first?.contains(#""status":"read","message_id":"wamid.in""#) == true)
        try await server.stop()
    }

    struct Refusal: Sendable, CustomStringConvertible {
        let status: String
        let code: Int64
        let attempt: Int
        let action: ProviderFailure.Action
        var description: String { "\(status), code \(code)" }
    }

    static let refusals = [
        Refusal(status: "400 Bad Request", code: 131056, attempt: 2, action: .retry(after: .seconds(16))),
        Refusal(status: "401 Unauthorized", code: 190, attempt: 0, action: .stopChannel(reason: .tokenInvalid)),
        Refusal(status: "500 Internal Server Error", code: 3, attempt: 0, action: .stopChannel(reason: .permissionMissing)),
        Refusal(status: "500 Internal Server Error", code: 131000, attempt: 0, action: .retry(after: .seconds(5))),
        Refusal(status: "400 Bad Request", code: 131047, attempt: 0, action: .final),
        Refusal(status: "400 Bad Request", code: 131049, attempt: 0, action: .retryAfter24Hours),
        Refusal(status: "429 Too Many Requests", code: 4, attempt: 0, action: .retry(after: .seconds(60))),
        Refusal(status: "200 OK", code: 100, attempt: 0, action: .final),
        Refusal(status: "400 Bad Request", code: 424242, attempt: 0, action: .final),
        Refusal(status: "400 Bad Request", code: 1, attempt: 1, action: .final),
    ]

    @Test("Refusals are decided on the code, not on the status", arguments: refusals)
    func refusal(_ refusal: Refusal) async throws {
        let (outcome, _) = try await send(
            .answer(ScriptedServer.response(refusal.status, Self.error(refusal.code))),
            attempt: refusal.attempt
        )
        guard case .rejected(let failure) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(failure.action == refusal.action)
        #expect(failure.code == refusal.code)
        #expect(failure.details == "d")
    }

    @Test("Answers without a code")
    func withoutCode() async throws {
        func outcome(_ status: String, _ body: String = "", headers: String = "") async throws -> SendOutcome {
            try await send(.answer(ScriptedServer.response(status, body, headers: headers))).0
        }
        #expect(try await outcome("500 Internal Server Error") == .unknown(reason: "http_500"))
        #expect(try await outcome("502 Bad Gateway", "<html>") == .unknown(reason: "http_502"))
        #expect(try await outcome("503 Service Unavailable", #"{"error":{"message":"m"}}"#) == .unknown(reason: "http_503"))
        #expect(try await outcome("503 Service Unavailable", Self.error(424242)) == .unknown(reason: "error_424242"))
        #expect(try await outcome("408 Request Timeout") == .unknown(reason: "http_408"))
        #expect(
            try await outcome("429 Too Many Requests")
                == .rejected(ProviderFailure(code: nil, title: "HTTP 429", action: .retry(after: .seconds(30))))
        )
        #expect(
            try await outcome("429 Too Many Requests", headers: "Retry-After: 7\r\n")
                == .rejected(ProviderFailure(code: nil, title: "HTTP 429", action: .retry(after: .seconds(7))))
        )
        #expect(try await outcome("404 Not Found") == .rejected(ProviderFailure(code: nil, title: "HTTP 404", action: .final)))
        #expect(
            try await outcome("401 Unauthorized")
                == .rejected(ProviderFailure(code: nil, title: "HTTP 401", action: .stopChannel(reason: .tokenInvalid)))
        )
        #expect(try await outcome("200 OK", "") == .unknown(reason: "unreadable_answer"))
        #expect(try await outcome("200 OK", "{}") == .unknown(reason: "answer_without_id"))
        #expect(try await outcome("200 OK", #"{"messages":[{"id":7.5}]}"#) != .unknown(reason: "unreadable_answer"))
        guard case .rejected(let transient) = try await outcome("400 Bad Request", Self.error(424242, extra: #","is_transient":true"#))
        else {
            Issue.record("not rejected")
            return
        }
        #expect(transient.action == .retry(after: .seconds(5)))
    }

    @Test("Redirects are not followed: the token would go along")
    func redirect() async throws {
        let target = try await ScriptedServer.start(.answer(ScriptedServer.response("200 OK", Self.accepted)))
        let location = "Location: http://127.0.0.1:\(target.port)/v24.0/1/messages\r\n"
        for status in ["301 Moved Permanently", "307 Temporary Redirect", "308 Permanent Redirect"] {
            let (outcome, requests) = try await send(.answer(ScriptedServer.response(status, "", headers: location)))
            guard case .rejected(let failure) = outcome, failure.action == .final else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(requests.count == 1)
        }
        #expect(target.requests.isEmpty)
        try await target.stop()
    }

    @Test("Nobody listens: not sent")
    func refused() async throws {
        let port = try await ScriptedServer.deadPort()
        let outcome = try await withClient(port: port) { await $0.send(message(), using: Self.credentials) }
        guard case .notSent = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test("No connection is free in time: not sent, and the server has not seen it")
    func noFreeConnection() async throws {
        let server = try await ScriptedServer.start(.stall)
        try await withClient(
            port: server.port,
            {
                $0.connections = 1
                $0.connectTimeout = .seconds(1)
                $0.readTimeout = .seconds(3)
            }
        ) { client in
            async let first = client.send(message(), using: Self.credentials)
            await server.nextRequest()
            let second = await client.send(message(), using: Self.credentials)
            guard case .notSent = second else {
                Issue.record("\(second)")
                return
            }
            #expect(await first == .unknown(reason: "read_timeout"))
        }
        #expect(server.requests.count == 1)
        try await server.stop()
    }

    @Test("A silent server: unknown")
    func stall() async throws {
        let (outcome, requests) = try await send(.stall) { $0.readTimeout = .milliseconds(300) }
        #expect(outcome == .unknown(reason: "read_timeout"))
        #expect(requests.count == 1)
        #expect(
            try await send(
                .stall,
                {
                    $0.readTimeout = .seconds(10); $0.totalTimeout = .seconds(1)
                }
            ).0 == .unknown(reason: "deadline_exceeded")
        )
    }

    @Test("A slow answer inside the time-outs is an answer")
    func slow() async throws {
        let (outcome, _) = try await send(.answerAfter(.milliseconds(250), ScriptedServer.response("200 OK", Self.accepted)))
        #expect(outcome == .accepted(providerMessageID: "wamid.out", recipientWaID: "966500000001", recipientUserID: "SA.134", held: false))
    }

    @Test("Closed after the request, or within the answer: unknown, and never repeated")
    func closed() async throws {
        let (afterRequest, requests) = try await send(.closeAfterRequest)
        #expect(afterRequest == .unknown(reason: "connection_closed"))
        #expect(requests.count == 1)
        for partial in ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "HTTP/1.1 200", "garbage\r\n\r\n"] {
            guard case .unknown = try await send(.sendAndClose(partial)).0 else {
                Issue.record("\(partial)")
                continue
            }
        }
    }

    @Test("Closed before anything was read: never taken for accepted or refused; not sent only when the server saw no whole request")
    func closedOnAccept() async throws {
        for _ in 0..<20 {
            let (outcome, requests) = try await send(.closeOnAccept)
            switch outcome {
            case .notSent: #expect(requests.isEmpty)
            case .unknown: break
            default: Issue.record("\(outcome)")
            }
        }
    }

    @Test("An answer beyond 64 KiB is not read on")
    func tooLarge() async throws {
        let body = "{\"x\":\"\(String(repeating: "x", count: 70_000))\"}"
        #expect(try await send(.answer(ScriptedServer.response("200 OK", body))).0 == .unknown(reason: "answer_too_large"))
    }

    @Test("A cancelled send says so")
    func cancelled() async throws {
        let server = try await ScriptedServer.start(.stall)
        try await withClient(
            port: server.port,
            {
                $0.readTimeout = .seconds(10); $0.totalTimeout = .seconds(10)
            }
        ) { client in
            let task = Task { await client.send(message(), using: Self.credentials) }
            await server.nextRequest()
            task.cancel()
            #expect(await task.value == .unknown(reason: "cancelled"))
        }
        try await server.stop()
    }

    @Test(
        "Number and token cannot leave their place in the request",
        arguments: [("1/../2", "t"), ("", "t"), ("1", ""), ("1", "a\r\nX: y"), ("1", "a b"), ("1?x", "t")]
    )
    func injection(_ number: String, _ token: String) async throws {
        let server = try await ScriptedServer.start(.answer(ScriptedServer.response("200 OK", Self.accepted)))
        let outcome = try await withClient(port: server.port) {
            await $0.send(message(), using: ChannelCredentials(providerNumberID: number, accessToken: Secret(token)))
        }
        guard case .rejected(let failure) = outcome, case .stopChannel = failure.action else {
            Issue.record("\(outcome)")
            return
        }
        #expect(server.requests.isEmpty)
        try await server.stop()
    }
}
