import Core
import Testing

@testable import Messaging

/// An event was read as another.
private struct Unexpected: Error {
    let what: String
}

/// B12: what an outside bot tells, as it is read.
@Suite("Events of outside bots")
struct OutsideEventTests {
    private static let now = Timestamp(microseconds: 1_769_884_200_000_000)  // 2026-01-31T18:30:00Z

    private func event(_ type: String, _ data: String?, timestamp: String = "2026-01-31T18:30:00Z") throws -> OutsideEvent {
        let data = data.map { #","data":\#($0)"# } ?? ""
        return try OutsideEvent(
            parsing: Array(#"{"id":"e","type":"\#(type)","timestamp":"\#(timestamp)"\#(data)}"#.utf8),
            receivedAt: Self.now
        )
    }

    private func refusal(_ body: String) throws -> [String] {
        do {
            _ = try OutsideEvent(parsing: Array(body.utf8), receivedAt: Self.now)
            return []
        } catch let error as DomainError {
            return error.fields.map { "\($0.pointer) \($0.code)" }.sorted()
        }
    }

    /// What is wrong with `data`.
    private func refusal(_ type: String, _ data: String) throws -> [String] {
        try refusal(#"{"id":"e","type":"\#(type)","timestamp":"2026-01-31T18:30:00Z","data":\#(data)}"#)
    }

    @Test("Connected and disconnected, with and without a reason")
    func connection() throws {
        for data in [nil, "{}"] {
            guard case .connected = try event("bot_connected", data).content else { throw Unexpected(what: "not connected") }
            guard case .disconnected(nil) = try event("bot_disconnected", data).content else { throw Unexpected(what: "not disconnected") }
        }
        guard case .disconnected("no network") = try event("bot_disconnected", #"{"reason":"no network"}"#).content else {
            throw Unexpected(what: "no reason")
        }
        #expect(try event("bot_connected", nil).contactKey == nil)
        #expect(try refusal("bot_connected", #"{"status":"ok"}"#) == ["/data/status unknown_field"])
        #expect(try refusal("bot_disconnected", #"{"reason":""}"#) == ["/data/reason too_short"])
        #expect(try refusal("bot_disconnected", #""offline""#) == ["/data wrong_type"])
    }

    @Test("A message has its contact, its time and what it says; the contact's number is normalised (C9)")
    func received() throws {
        let read = try event(
            "message_received",
            """
            {"messageId":"3EB0","contact":{"phone":"966500000001@c.us","name":"Sara"},"type":"text","text":{"body":"مرحبا"},"quotedMessageId":"3EAF"}
            """
        )
        guard case .received(let message) = read.content else { throw Unexpected(what: "not received") }
        #expect(message.providerMessageID == "3EB0")
        #expect(message.contact.waID == "966500000001")
        #expect(message.contact.phoneNumber?.e164 == "+966500000001")
        #expect(message.contact.name == "Sara")
        #expect(message.content == .text("مرحبا"))
        #expect(message.quotedProviderMessageID == "3EAF")
        #expect(message.providerTimestamp == Self.now)
        #expect(read.contactKey == "966500000001")
    }

    @Test("What is sent by the bot and what becomes of it is in the lane of its contact; in a group in the group's")
    func lanes() throws {
        let contact = #""contact":{"phone":"+966500000001"}"#
        let text = #""type":"text","text":{"body":"x"}"#
        #expect(try event("message_sent", #"{"messageId":"1",\#(contact),\#(text)}"#).contactKey == "966500000001")
        #expect(try event("message_status_changed", #"{"messageId":"1",\#(contact),"status":"read"}"#).contactKey == "966500000001")
        #expect(try event("message_received", #"{"messageId":"1",\#(contact),"groupId":"g@g.us",\#(text)}"#).contactKey == "g@g.us")
        #expect(try event("message_sent", #"{"messageId":"1","groupId":"g@g.us",\#(text)}"#).contactKey == "g@g.us")
        #expect(try event("message_status_changed", #"{"messageId":"1","groupId":"g@g.us","status":"read"}"#).contactKey == "g@g.us")
        #expect(try event("message_received", #"{"messageId":"1","contact":{"userId":"SA.1"},\#(text)}"#).contactKey == "SA.1")
    }

    @Test(
        "Every type of message, in our own shape",
        arguments: [
            ("image", #"{"link":"https://x.example/a.jpg","caption":"c"}"#), ("video", #"{"mediaId":"1"}"#),
            ("audio", #"{"link":"https://x.example/a.ogg","voice":true}"#),
            ("document", #"{"link":"https://x.example/a.pdf","filename":"a.pdf"}"#),
            ("sticker", #"{"mediaId":"1"}"#), ("location", #"{"latitude":24.5,"longitude":46.25,"name":"Here"}"#),
            ("contacts", #"[{"name":{"formattedName":"A B","firstName":"A"}}]"#), ("reaction", #"{"messageId":"3EB0","emoji":"👍"}"#),
            ("interactive", #"{"type":"button_reply","reply":{"id":"yes","title":"Yes"}}"#),
            ("unsupported", #"{"kind":"poll","options":["a","b"],"number":1.5}"#),
        ]
    )
    func types(type: String, content: String) throws {
        let read = try event(
            "message_received",
            #"{"messageId":"1","contact":{"phone":"+966500000001"},"type":"\#(type)","\#(type)":\#(content)}"#
        )
        guard case .received(let message) = read.content else { throw Unexpected(what: "not received") }
        #expect(message.content.type.rawValue == type)
        let value = try #require(message.content.value)
        #expect(try JSONDocument(parsing: content).root.rawText == value.rawText)
    }

    @Test("Everything that is wrong is said at once, with its place")
    func wrong() throws {
        #expect(try refusal("{}") == ["/id required", "/timestamp required", "/type required"])
        #expect(try refusal("[]") == [" wrong_type"])
        #expect(
            try refusal(#"{"id":"","type":"bot_exploded","timestamp":"today at noon, more or less","data":7,"botId":"x"}"#)
                == ["/botId unknown_field", "/id too_short", "/timestamp invalid_format", "/type invalid_value"]
        )
        #expect(try refusal(#"{"id":"e","type":"message_received","timestamp":"2026-01-31T18:30:00Z"}"#) == ["/data required"])
        #expect(
            try refusal("message_received", #"{"messageId":7,"contact":{"phone":"call me"},"type":"text","text":{"body":""},"image":{}}"#)
                == [
                    "/data/contact/phone invalid_format", "/data/image unknown_field", "/data/messageId wrong_type",
                    "/data/text/body too_short",
                ]
        )
        #expect(
            try refusal("message_received", #"{"messageId":"1","contact":{},"type":"poll","poll":{}}"#) == [
                "/data/contact/phone required", "/data/type invalid_value",
            ]
        )
        #expect(
            try refusal("message_received", #"{"messageId":"1","groupId":"g","type":"text","text":{"body":"x"}}"#) == [
                "/data/contact required"
            ]
        )
        #expect(
            try refusal("message_received", #"{"messageId":"1\u0000","contact":{"userId":"u"},"type":"template","template":{}}"#)
                == ["/data/messageId invalid_characters", "/data/type invalid_value"]
        )
        #expect(
            try refusal("message_sent", #"{"messageId":"1","contact":{"userId":"u"},"type":"image","image":{"link":"http://x.example/"}}"#)
                == ["/data/image/link invalid_value"]
        )
        #expect(
            try refusal("message_status_changed", #"{"messageId":"1","contact":{"userId":"u"},"status":"read","errorCode":"x"}"#)
                == ["/data/errorCode not_allowed"]
        )
        #expect(
            try refusal("message_status_changed", #"{"messageId":"1","status":"queued"}"#) == [
                "/data/contact required", "/data/status invalid_value",
            ]
        )
    }

    @Test("P1: what JSONB could not hold is refused, and not stored to fail later")
    func unstorable() throws {
        let rest = #""messageId":"1","contact":{"userId":"u"},"type":"unsupported""#
        #expect(
            try refusal("message_received", #"{\#(rest),"unsupported":{"a":[{"b":"\u0000"}]}}"#) == ["/data/unsupported invalid_characters"]
        )
        #expect(try refusal("message_received", #"{\#(rest),"unsupported":{"a\u0000":1}}"#) == ["/data/unsupported invalid_characters"])
        #expect(try refusal("message_received", #"{\#(rest),"unsupported":{"a":[1e400]}}"#) == ["/data/unsupported out_of_range"])
        #expect(throws: JSONSyntaxError.self) { try refusal("message_received", #"{\#(rest),"unsupported":{"a":"\ud83c"}}"#) }
        #expect(throws: JSONSyntaxError.self) { try refusal(#"{"id":"a","id":"b"}"#) }
        #expect(throws: JSONSyntaxError.self) { try OutsideEvent(parsing: [0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]) }
        #expect(throws: JSONSyntaxError.self) { try OutsideEvent(parsing: []) }
    }

    @Test("An order has its id, a change its new status; the rest is the bot's own")
    func orders() throws {
        guard
            case .order("A-1") = try event(
                "order_created",
                #"{"orderId":"A-1","lines":[{"x":1e400}],"amount":{"amount":4550,"currency":"SAR"}}"#
            ).content
        else { throw Unexpected(what: "no order") }
        #expect(try refusal("order_created", "{}") == ["/data/orderId required"])
        #expect(try refusal("order_status_changed", #"{"orderId":"A-1"}"#) == ["/data/newStatus required"])
        #expect(
            try refusal("order_created", #"{"orderId":"A-1","amount":{"amount":45.5,"currency":"sar"}}"#)
                == ["/data/amount/amount wrong_type", "/data/amount/currency invalid_format"]
        )
    }

    @Test("What happened more than a week ago, or is still to come, is not taken; what was taken is read at any later time")
    func times() throws {
        for (timestamp, isTaken) in [
            ("2026-01-31T18:35:00Z", true), ("2026-01-31T18:35:01Z", false), ("2026-01-24T18:30:00Z", true),
            ("2026-01-24T18:29:59Z", false),
            ("2026-01-31T21:30:00+03:00", true), ("1970-01-01T00:00:00Z", false), ("9999-12-31T23:59:59Z", false),
        ] {
            let body = #"{"id":"e","type":"bot_connected","timestamp":"\#(timestamp)"}"#
            #expect(try refusal(body) == (isTaken ? [] : ["/timestamp out_of_range"]), "\(timestamp)")
            #expect(throws: Never.self) { try OutsideEvent(parsing: Array(body.utf8)) }
        }
    }
}
