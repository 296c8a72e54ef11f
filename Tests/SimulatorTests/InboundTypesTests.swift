import Core
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Simulator

@Suite("What customers send (A5)")
struct InboundTypesTests {
    /// Every type of providers.md A5 whose payload travels as given.
    static let passing: [JSONValue] = [
        [
            "type": "location",
            "location": ["latitude": 24, "longitude": 46, "name": "Home", "address": "Olaya St", "url": "https://x.sa/1"],
        ],
        [
            "type": "contacts",
            "contacts": [["name": ["formatted_name": "Ali H"], "phones": [["phone": "+966 50", "wa_id": "96650", "type": "CELL"]]]],
        ],
        [
            "type": "interactive", "context": ["from": "966500000099", "id": "wamid.sent"],
            "interactive": ["type": "button_reply", "button_reply": ["id": "ok", "title": "Confirm"]],
        ],
        [
            "type": "interactive", "context": ["from": "966500000099", "id": "wamid.sent"],
            "interactive": ["type": "list_reply", "list_reply": ["id": "item:7", "title": "Kabsa", "description": "SAR 32"]],
        ],
        [
            "type": "interactive", "context": ["from": "966500000099", "id": "wamid.sent"],
            "interactive": [
                "type": "nfm_reply", "nfm_reply": ["name": "flow", "body": "Sent", "response_json": "{\"flow_token\":\"tok\"}"],
            ],
        ],
        [
            "type": "button", "context": ["from": "966500000099", "id": "wamid.template"],
            "button": ["payload": "TRACK_42", "text": "Track order"],
        ],
        [
            "type": "order",
            "order": [
                "catalog_id": "354", "text": "",
                "product_items": [["product_retailer_id": "BURGER", "quantity": 2, "item_price": 30, "currency": "SAR"]],
            ],
        ],
        ["type": "reaction", "reaction": ["message_id": "wamid.sent", "emoji": "👍"]],
        ["type": "reaction", "reaction": ["message_id": "wamid.sent"]],
        [
            "type": "unsupported", "errors": [["code": 131_051, "title": "Message type unknown"]], "unsupported": ["type": "poll"],
        ],
        ["type": "request_welcome"],
        ["type": "edit", "edit": ["original_message_id": "wamid.old", "message": ["type": "text", "text": ["body": "new"]]]],
        ["type": "revoke", "revoke": ["original_message_id": "wamid.old"]],
        ["type": "unknown"],
        ["type": "text", "text": ["body": "forwarded"], "context": ["forwarded": true]],
        ["type": "something_new", "something_new": ["a": [1, 2]]],
    ]

    @Test("Each type arrives in its own shape", arguments: passing)
    func passes(message: JSONValue) async throws {
        try await SimulatorRig.run { rig async throws in
            let answer = try await rig.receive(message)
            #expect(answer.status == .accepted, "\(String(decoding: answer.bytes, as: UTF8.self))")
            let arrived = try #require(await rig.receiver.updates("messages", count: 1).first)
            var expected = try #require(message.object)
            expected["from"] = .string(SimulatorRig.customer)
            expected["id"] = answer.json["id"]
            for member in expected.members { #expect(arrived[member.key] == member.value, "\(member.key)") }
            #expect(arrived.object?.members.count == expected.members.count + 1, "only the timestamp is added")
        }
    }

    @Test("A number change comes without contacts")
    func system() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.receive([
                "type": "system",
                "system": ["body": "User A changed from 96650 to 96651", "wa_id": "966510000000", "type": "user_changed_number"],
            ])
            let post = try #require(await rig.receiver.first { $0.first })
            #expect(post.values.first?["contacts"] == nil)
            #expect(post.updates("messages").first?["system"]?["type"] == "user_changed_number")
        }
    }

    @Test("An interactive message without its payload comes with value.errors")
    func withoutPayload() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.receive([
                "type": "interactive", "value_errors": [["code": 131_000, "title": "Unsupported webhook payload"]],
            ])
            let post = try #require(await rig.receiver.first { $0.first })
            #expect(post.values.first?["errors"]?.elements?.first?["code"] == 131_000)
            #expect(post.updates("messages").first?["interactive"] == nil)
            #expect(post.updates("messages").first?["value_errors"] == nil)
        }
    }

    @Test("Referral and group travel beside the message")
    func referral() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.receive([
                "type": "text", "text": ["body": "hi"], "group_id": "G1",
                "referral": ["source_url": "https://fb.me/x", "source_type": "ad", "ctwa_clid": "ARA"],
            ])
            let message = try #require(await rig.receiver.updates("messages", count: 1).first)
            #expect(message["group_id"] == "G1")
            #expect(message["referral"]?["ctwa_clid"] == "ARA")
        }
    }

    @Test(
        "Customers show their number, their user id, or both (BSUID)",
        arguments: [("phone", true, false), ("both", true, true), ("user", false, true)]
    )
    func identity(name: String, hasNumber: Bool, hasUser: Bool) async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.receive(["type": "text", "text": ["body": "hi"]], identity: name)
            let post = try #require(await rig.receiver.first { $0.first })
            let contact = try #require(post.values.first?["contacts"]?.elements?.first)
            let message = try #require(post.updates("messages").first)
            #expect((contact["wa_id"] != nil) == hasNumber)
            #expect((message["from"] != nil) == hasNumber)
            #expect((contact["user_id"] != nil) == hasUser)
            #expect((message["from_user_id"] != nil) == hasUser)
            if hasUser {
                // An answer to the user id reaches the same conversation.
                let user = try #require(contact["user_id"]?.string)
                let answer = try await rig.send(["type": "text", "text": ["body": "ok"], "recipient": .string(user)])
                #expect(answer.status == .ok)
                let thread = try await rig.request(.get, "/simulator/threads/\(SimulatorRig.number)/\(SimulatorRig.customer)")
                #expect(thread.json["entries"]?.elements?.count == 2)
            }
        }
    }

    @Test("A customer known by user id only")
    func userOnly() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.receive(["type": "text", "text": ["body": "hi"]], from: "SA.13491208655302741918")
            let message = try #require(await rig.receiver.updates("messages", count: 1).first)
            #expect(message["from"] == nil)
            #expect(message["from_user_id"] == "SA.13491208655302741918")
        }
    }

    @Test("Two quick messages of one customer arrive in order, one after the other")
    func order() async throws {
        try await SimulatorRig.run { rig async throws in
            for index in 0..<20 { try await rig.receive(["type": "text", "text": ["body": .string("\(index)")]]) }
            let messages = await rig.receiver.updates("messages", count: 20)
            #expect(messages.compactMap { $0["text"]?["body"]?.string } == (0..<20).map { "\($0)" })
        }
    }

    @Test("Messages, statuses and account updates of several numbers in one POST (A2)")
    func batch() async throws {
        try await SimulatorRig.run { rig async throws in
            func text(_ body: String, _ number: String, _ customer: String) -> JSONValue {
                [
                    "phoneNumberId": .string(number), "customer": .string(customer),
                    "message": ["type": "text", "text": ["body": .string(body)]],
                ]
            }
            let answer = try await rig.request(
                .post,
                "/simulator/batches",
                [
                    "updates": [
                        text("1", SimulatorRig.number, "966500000001"), text("2", SimulatorRig.number, "966500000002"),
                        text("3", "206540352242922", "628120000003"),
                        [
                            "phoneNumberId": .string(SimulatorRig.number), "customer": "966500000001", "id": "wamid.x", "status": "failed",
                            "code": 131_026,
                        ],
                        ["wabaId": .string(SimulatorRig.account), "field": "account_update", "value": ["event": "DISABLED_UPDATE"]],
                    ]
                ]
            )
            #expect(answer.status == .accepted, "\(String(decoding: answer.bytes, as: UTF8.self))")
            #expect(answer.json["ids"]?.elements?.count == 3)
            let post = try #require(await rig.receiver.first { $0.first })
            #expect(rig.receiver.posts.count == 1)
            let entries = try #require(post.json["entry"]?.elements)
            #expect(entries.count == 4)
            #expect(post.values.first?["messages"]?.elements?.count == 2)
            #expect(post.values.first?["contacts"]?.elements?.count == 2)
            #expect(post.updates("statuses").first?["errors"]?.elements?.first?["code"] == 131_026)
            #expect(entries.last?["time"]?.int != nil)
            for value in post.values {
                #expect([value["messages"], value["statuses"], value["errors"]].compactMap { $0 }.count <= 1)
            }
        }
    }

    @Test(
        "Input that no phone sends is refused with where and why",
        arguments: [
            ("[]", ""), ("{}", "/phoneNumberId"),
            (#"{"phoneNumberId":"1","message":{"type":"text","text":{"body":"x"}}}"#, "/phoneNumberId"),
            (#"{"phoneNumberId":"106540352242922"}"#, "/message"), (#"{"phoneNumberId":"106540352242922","message":[]}"#, "/message"),
            (#"{"phoneNumberId":"106540352242922","message":{"type":"text","text":{"body":""}}}"#, "/message/text/body"),
            (
                #"{"phoneNumberId":"106540352242922","message":{"type":"location","location":{"latitude":"x"}}}"#,
                "/message/location/latitude"
            ),
            (#"{"phoneNumberId":"106540352242922","message":{"type":"image","image":{"id":"none"}}}"#, "/message/image/id"),
            (#"{"phoneNumberId":"106540352242922","message":{"type":"text","id":"x","text":{"body":"x"}}}"#, "/message/id"),
            (#"{"phoneNumberId":"106540352242922","mesage":{},"message":{"type":"unknown"}}"#, "/mesage"),
            (#"{"phoneNumberId":"106540352242922","identity":"x","message":{"type":"unknown"}}"#, "/identity"),
        ]
    )
    func refused(body: String, pointer: String) async throws {
        try await SimulatorRig.run { rig async throws in
            let answer = try await rig.request(.post, "/simulator/customers/966500000001/messages", raw: Array(body.utf8))
            #expect(answer.status == .unprocessableContent)
            #expect(answer.json["error"]?["pointer"]?.string == pointer)
            #expect(answer.json["error"]?["message"]?.string?.isEmpty == false)
            #expect(rig.receiver.posts.isEmpty)
        }
    }

    @Test("Broken JSON, bad customers and foreign web pages are refused")
    func badRequests() async throws {
        try await SimulatorRig.run { rig async throws in
            #expect(try await rig.request(.post, "/simulator/customers/966500000001/messages", raw: Array("{".utf8)).status == .badRequest)
            let bad = try await rig.request(.post, "/simulator/customers/12/messages", ["phoneNumberId": "1"])
            #expect(bad.status == .unprocessableContent)
            let site = try #require(HTTPField.Name("sec-fetch-site"))
            let response = try await rig.client.execute(
                uri: "/simulator/reset",
                method: .post,
                headers: [site: "cross-site"]
            )
            #expect(response.status == .forbidden)
        }
    }
}
