import AsyncHTTPClient
import Core
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Simulator

@Suite("Faults")
struct FaultTests {
    @Test("The next N sends are refused with a chosen code, then all is well", arguments: [131_056, 190, 130_429, 131_000, 131_047, 2])
    func error(code: Int) async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.fault(["kind": "error", "code": .int(code), "next": 2])
            #expect(try await rig.text("a").errorCode == code)
            #expect(try await rig.text("b").errorCode == code)
            #expect(try await rig.text("c").status == .ok)
            let faults = try await rig.request(.get, "/simulator/faults")
            #expect(faults.json["faults"] == [])
            #expect(try await rig.request(.get, "/simulator/sent").json["total"] == 1)
        }
    }

    @Test("A fault of one number leaves the others alone")
    func perNumber() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.fault(["kind": "error", "code": 190, "phoneNumberId": "206540352242922"])
            #expect(try await rig.text("a").status == .ok)
            let other = try await rig.send(
                ["type": "text", "text": ["body": "x"]],
                from: "206540352242922",
                token: "EAAother",
                to: "628120000001"
            )
            #expect(other.errorCode == 190)
        }
    }

    @Test("Accepted, then failed; delivered, then failed late")
    func failed() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.fault(["kind": "failed", "code": 131_049, "next": 1])
            _ = try await rig.text("a")
            var statuses = await rig.receiver.updates("statuses", count: 1)
            #expect(statuses.last?["status"] == "failed")
            #expect(statuses.last?["errors"]?.elements?.first?["code"] == 131_049)
            try await rig.fault(["kind": "lateFailed", "code": 131_026, "next": 1])
            _ = try await rig.text("b")
            statuses = await rig.receiver.updates("statuses", count: 4)
            #expect(statuses.dropFirst().compactMap { $0["status"]?.string } == ["sent", "delivered", "failed"])
        }
    }

    @Test("Missing delivered, and missing sent")
    func missing() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.fault(["rules": [["kind": "missingDelivered", "next": 1], ["kind": "missingSent", "next": 1]]])
            _ = try await rig.text("a")
            let statuses = await rig.receiver.updates("statuses", count: 1)
            #expect(statuses.compactMap { $0["status"]?.string } == ["read"])
        }
    }

    @Test("Duplicate webhooks carry the same id, and the control API counts one message")
    func duplicates() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.fault(["kind": "duplicateWebhook", "copies": 3, "next": 1])
            let id = try #require(try await rig.receive(["type": "text", "text": ["body": "x"]]).json["id"]?.string)
            let messages = await rig.receiver.updates("messages", count: 4)
            #expect(messages.compactMap { $0["id"]?.string } == [id, id, id, id])
            let state = try await rig.request(.get, "/simulator/state")
            #expect(state.json["counters"]?["inboundMessages"] == 1)
        }
    }

    @Test("A reordered message is overtaken by the next")
    func reorder() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.fault(["rules": [["kind": "reorderWebhook", "milliseconds": 3_600_000, "next": 1]], "seed": 3])
            try await rig.receive(["type": "text", "text": ["body": "1"]])
            try await rig.receive(["type": "text", "text": ["body": "2"]])
            let first = await rig.receiver.updates("messages", count: 1)
            #expect(first.first?["text"]?["body"] == "2")
            rig.clock.advance(by: .seconds(3600))
            rig.meta.clockChanged()
            let both = await rig.receiver.updates("messages", count: 2)
            #expect(both.last?["text"]?["body"] == "1")
        }
    }

    @Test("A time-out and a closed connection: the message is taken, the answer never comes", arguments: ["timeout", "close"])
    func noAnswer(kind: String) async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.fault(["kind": .string(kind), "next": 1])
            await #expect(throws: (any Error).self) { try await rig.text("a", data: "m:1") }
            let sent = try await rig.request(.get, "/simulator/sent")
            #expect(sent.json["messages"]?.elements?.first?["answer"]?.string == kind)
            let statuses = await rig.receiver.updates("statuses", count: 3)
            #expect(statuses.allSatisfy { $0["biz_opaque_callback_data"] == "m:1" }, "correlation data settles the outcome")
        }
    }

    @Test("In a host whose context cannot close connections, the answer still fails", arguments: ["timeout", "close"])
    func foreignContext(kind: String) async throws {
        var configuration = SimulatorConfiguration(
            callbackURL: "http://localhost:1/hook",
            apps: [SimulatedApp(appID: "1", appSecret: Secret("s"), verifyToken: Secret("v"))],
            phoneNumbers: [
                SimulatedPhoneNumber(
                    phoneNumberID: "10",
                    wabaID: "20",
                    displayNumber: "966500000099",
                    accessToken: Secret("t"),
                    restaurantName: "R"
                )
            ]
        )
        configuration.delays.heldRequest = .milliseconds(10)
        configuration.faults = [FaultRule(kind == "close" ? .close : .timeout, remaining: 1)]
        let meta = SimulatedMeta(configuration: configuration)
        let router = Router()
        meta.addRoutes(to: router)
        let send: JSONValue = ["messaging_product": "whatsapp", "to": "966500000001", "text": ["body": "x"]]
        try await Application(router: router).test(.ahc()) { client async throws in
            func post() async throws -> HTTPResponse.Status {
                try await client.execute(
                    uri: "/graph/v24.0/10/messages",
                    method: .post,
                    headers: [.authorization: "Bearer t"],
                    body: ByteBuffer(bytes: send.bytes()),
                    testCallback: { $0.status }
                )
            }
            await #expect(throws: (any Error).self) { try await post() }
            #expect(try await post() == .ok)
            #expect(meta.change { state, _ in state.sent.total } == 2)
        }
    }

    @Test("A closed connection that took nothing")
    func closedBefore() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.fault(["kind": "close", "accepted": false, "next": 1])
            await #expect(throws: (any Error).self) { try await rig.text("a") }
            #expect(try await rig.request(.get, "/simulator/sent").json["total"] == 0)
        }
    }

    @Test("A 5xx without a body")
    func serverError() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.fault(["kind": "serverError", "status": 502, "next": 1])
            let answer = try await rig.text("a")
            #expect(answer.status.code == 502)
            #expect(answer.bytes.isEmpty)
            #expect(try await rig.request(.get, "/simulator/sent").json["total"] == 0)
        }
    }

    @Test("A slow answer takes its time and is right")
    func slow() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.fault(["kind": "slow", "milliseconds": 150, "next": 1])
            let start = ContinuousClock.now
            #expect(try await rig.text("a").status == .ok)
            #expect(ContinuousClock.now - start >= .milliseconds(150))
        }
    }

    @Test("A bad signature once; the retry is signed rightly")
    func badSignature() async throws {
        try await SimulatorRig.run { rig async throws in
            rig.receiver.answer(.unauthorized)
            try await rig.fault(["kind": "badSignature", "next": 1])
            try await rig.receive(["type": "text", "text": ["body": "x"]])
            let posts = try #require(await rig.receiver.first { $0.count >= 2 ? $0 : nil })
            let right = WebhookSignature(appSecret: Secret(SimulatorRig.secret))
            #expect(posts[0].signature != right.header(for: posts[0].body))
            #expect(posts[1].signature == right.header(for: posts[1].body))
            #expect(posts[0].body == posts[1].body)
        }
    }

    @Test("What is not answered with 200 is sent again, the same bytes, with falling frequency (A2)")
    func retries() async throws {
        try await SimulatorRig.run { rig async throws in
            rig.receiver.answer(.internalServerError, .serviceUnavailable, .noContent)
            try await rig.receive(["type": "text", "text": ["body": "x"]])
            let posts = try #require(await rig.receiver.first { $0.count >= 4 ? $0 : nil })
            #expect(Set(posts.map(\.body)).count == 1)
            let path = "/simulator/threads/\(SimulatorRig.number)/\(SimulatorRig.customer)"
            let state = try await rig.request(.get, "/simulator/state")
            #expect(state.json["counters"]?["webhookFailures"] == 3)
            #expect(try await rig.request(.get, path).json["entries"]?.elements?.count == 1)
        }
        #expect(SimulatorDelays().retry(1) == .zero)
        #expect(SimulatorDelays().retry(2) == .seconds(1))
        #expect(SimulatorDelays().retry(500) == .seconds(14_400))
    }

    @Test("A webhook past its life is dropped and counted")
    func dropped() async throws {
        try await SimulatorRig.run {
            $0.delays.webhookRetries = [.milliseconds(5)]
            $0.delays.webhookLifetime = .milliseconds(1)
        } _: { rig async throws in
            rig.receiver.answer(.internalServerError)
            try await rig.receive(["type": "text", "text": ["body": "x"]])
            _ = await rig.receiver.first { $0.first }
            var dropped: Int?
            for _ in 0..<100 where dropped != 1 {
                dropped = try await rig.request(.get, "/simulator/state").json["counters"]?["webhooksDropped"]?.int
            }
            #expect(dropped == 1)
            #expect(rig.receiver.posts.count == 1)
        }
    }

    @Test("The same seed strikes the same occasions")
    func seeded() {
        func strikes(_ seed: UInt64) -> [Bool] {
            var plan = FaultPlan(rules: [FaultRule(.error, probability: 0.3)], seed: seed)
            return (0..<200).map { _ in plan.strike(.error, phoneNumberID: "1") != nil }
        }
        #expect(strikes(5) == strikes(5))
        #expect(strikes(5) != strikes(6))
        #expect((30...90).contains(strikes(5).count { $0 }))
    }

    @Test(
        "A rule with a mistake is refused, so that no test passes for lack of its fault",
        arguments: [
            #"{"kind":"eror"}"#, #"{"code":190}"#, #"{"kind":"error","cod":190}"#, #"{"kind":"error","probability":2}"#,
            #"{"kind":"error","next":0}"#, #"{"rules":[{"kind":"slow","milliseconds":-1}]}"#, "[]", #"{"rules":{}}"#,
        ]
    )
    func mistakes(body: String) async throws {
        try await SimulatorRig.run { rig async throws in
            let answer = try await rig.request(.post, "/simulator/faults", raw: Array(body.utf8))
            #expect(answer.status == .unprocessableContent)
            #expect(try await rig.request(.get, "/simulator/faults").json["faults"] == [])
        }
    }

    @Test("Faults are listed, removed one by one and all together")
    func administration() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.fault(["rules": [["kind": "slow"], ["kind": "close"]]])
            let listed = try await rig.request(.get, "/simulator/faults")
            #expect(listed.json["faults"]?.elements?.compactMap { $0["kind"]?.string } == ["slow", "close"])
            let id = try #require(listed.json["faults"]?.elements?.first?["id"]?.int)
            #expect(try await rig.request(.delete, "/simulator/faults/\(id)").json["faults"]?.elements?.count == 1)
            #expect(try await rig.request(.delete, "/simulator/faults/\(id)").status == .notFound)
            #expect(try await rig.request(.delete, "/simulator/faults").json["faults"] == [])
        }
    }
}
