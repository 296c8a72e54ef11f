import Core
import HTTPTypes
import Testing

@testable import Simulator

@Suite("A conversation over HTTP")
struct ConversationTests {
    @Test("A customer's text becomes a signed webhook (A2, A4, A5)")
    func inboundText() async throws {
        try await SimulatorRig.run { rig async throws in
            let answer = try await rig.receive(["type": "text", "text": ["body": "مرحبا 🍕 a/b"]])
            #expect(answer.status == .accepted)
            let id = try #require(answer.json["id"]?.string)
            let post = try #require(await rig.receiver.first { $0.first })
            #expect(post.body.allSatisfy { $0 < 0x80 })
            #expect(post.signature == WebhookSignature(appSecret: Secret(SimulatorRig.secret)).header(for: post.body))
            #expect(post.json["object"] == "whatsapp_business_account")
            #expect(post.json["entry"]?.elements?.first?["id"]?.string == SimulatorRig.account)
            #expect(post.json["entry"]?.elements?.first?["time"] == nil)
            let change = try #require(post.changes.first)
            #expect(change["field"] == "messages")
            let value = try #require(change["value"])
            #expect(value["messaging_product"] == "whatsapp")
            #expect(value["metadata"] == ["display_phone_number": "966500000099", "phone_number_id": .string(SimulatorRig.number)])
            #expect(value["contacts"] == [["profile": ["name": "Sara"], "wa_id": "966500000001"]])
            let message = try #require(value["messages"]?.elements?.first)
            #expect(message["from"] == "966500000001")
            #expect(message["id"]?.string == id)
            #expect(message["type"] == "text")
            #expect(message["text"] == ["body": "مرحبا 🍕 a/b"])
            #expect(message["timestamp"]?.string.flatMap(Int.init) != nil, "the timestamp is a string of seconds")
            #expect(value["statuses"] == nil)
        }
    }

    @Test("A sent text is answered as A9 says and followed by sent, delivered and read (A6)")
    func sendAndStatuses() async throws {
        try await SimulatorRig.run { rig async throws in
            let answer = try await rig.text("Hello", data: "m:1")
            #expect(answer.status == .ok)
            #expect(answer.json["messaging_product"] == "whatsapp")
            #expect(answer.json["contacts"] == [["input": "966500000001", "wa_id": "966500000001"]])
            let id = try #require(answer.json["messages"]?.elements?.first?["id"]?.string)
            #expect(id.hasPrefix("wamid.HRg") || id.hasPrefix("wamid."))
            let statuses = await rig.receiver.updates("statuses", count: 3)
            #expect(statuses.compactMap { $0["status"]?.string } == ["sent", "delivered", "read"])
            #expect(statuses.allSatisfy { $0["id"]?.string == id && $0["biz_opaque_callback_data"] == "m:1" })
            #expect(statuses.allSatisfy { $0["recipient_id"] == "966500000001" && $0["conversation"] == nil })
            #expect(
                statuses[1]["pricing"] == [
                    "billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service",
                ]
            )
            let sent = try await rig.request(.get, "/simulator/sent")
            #expect(sent.json["total"] == 1)
            #expect(sent.json["messages"]?.elements?.first?["bizOpaqueCallbackData"] == "m:1")
        }
    }
}
