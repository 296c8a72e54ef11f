import Core
import HTTPTypes
import Testing

@testable import Simulator

@Suite("Access, rates and the window")
struct GraphAccessTests {
    @Test("Error 190 without a token, with a wrong one, and once it is withdrawn (A12)")
    func token() async throws {
        try await SimulatorRig.run { rig async throws in
            for token in [nil, "", "EAAwrong"] as [String?] {
                let answer = try await rig.send(["type": "text", "text": ["body": "x"]], token: token)
                #expect(answer.errorCode == 190)
                #expect(answer.status == .unauthorized)
            }
            #expect(try await rig.text("x").status == .ok)
            _ = try await rig.request(.patch, "/simulator/numbers/\(SimulatorRig.number)", ["tokenValid": false])
            #expect(try await rig.text("x").errorCode == 190)
            _ = try await rig.request(.patch, "/simulator/numbers/\(SimulatorRig.number)", ["tokenValid": true])
            #expect(try await rig.text("x").status == .ok)
        }
    }

    @Test("Another business's number is an unknown object, not a hint")
    func foreign() async throws {
        try await SimulatorRig.run { rig async throws in
            let answer = try await rig.send(["type": "text", "text": ["body": "x"]], from: "206540352242922")
            #expect(answer.errorCode == 100)
            #expect(answer.json["error"]?["error_subcode"] == 33)
            #expect(try await rig.request(.get, "/graph/v24.0/1", token: SimulatorRig.token).errorCode == 100)
            #expect(try await rig.request(.get, "/graph/latest/1", token: SimulatorRig.token).errorCode == 2500)
        }
    }

    @Test("46 messages in six seconds to one user: the last is 131056, and six seconds pay for one (A13)")
    func pair() async throws {
        try await SimulatorRig.run { rig async throws in
            rig.clock.stop()
            for _ in 0..<45 { #expect(try await rig.text("x").status == .ok) }
            let refused = try await rig.text("x")
            #expect(refused.errorCode == 131_056)
            #expect(refused.status == .badRequest)
            #expect(try await rig.text("x", to: "966500000002").status == .ok, "another user is another pair")
            rig.clock.advance(by: .seconds(6))
            #expect(try await rig.text("x").status == .ok)
            #expect(try await rig.text("x").errorCode == 131_056)
        }
    }

    @Test("More than the number's throughput in a second is 130429")
    func throughput() async throws {
        try await SimulatorRig.run {
            $0.limits.throughputPerSecond = 10
        } _: { rig async throws in
            rig.clock.stop()
            var codes: [Int?] = []
            for index in 0..<14 { codes.append(try await rig.text("x", to: "96650000\(1000 + index)").errorCode) }
            #expect(codes == Array(repeating: nil, count: 10) + Array(repeating: 130_429, count: 4))
            rig.clock.advance(by: .seconds(2))
            #expect(try await rig.text("x", to: "966500002000").status == .ok)
        }
    }

    @Test(
        "Outside 24 hours: failed with 131047 after a 200, or in the answer, or not at all",
        arguments: ServiceWindowPolicy.Enforcement.allCases
    )
    func window(enforcement: ServiceWindowPolicy.Enforcement) async throws {
        try await SimulatorRig.run {
            $0.window = ServiceWindowPolicy(enforcement: enforcement)
        } _: { rig async throws in
            try await rig.receive(["type": "text", "text": ["body": "hi"]])
            rig.clock.advance(by: .seconds(86_399))
            #expect(try await rig.text("inside").status == .ok)
            _ = await rig.receiver.updates("statuses", count: 3)
            rig.clock.advance(by: .seconds(2))
            let answer = try await rig.text("outside")
            switch enforcement {
            case .answer: #expect(answer.errorCode == 131_047)
            case .off: #expect(answer.status == .ok)
            case .status:
                #expect(answer.status == .ok)
                let failed = try #require(await rig.receiver.updates("statuses", count: 4).last)
                #expect(failed["status"] == "failed")
                #expect(failed["errors"]?.elements?.first?["code"] == 131_047)
                #expect(failed["pricing"] == nil)
            }
            // A new message of the customer opens it again.
            try await rig.receive(["type": "text", "text": ["body": "hi"]])
            #expect(try await rig.text("inside").status == .ok)
        }
    }

    @Test("The window can be closed by hand, and unknown customers are outside unless configured")
    func windowByHand() async throws {
        try await SimulatorRig.run {
            $0.window = ServiceWindowPolicy(enforcement: .answer)
        } _: { rig async throws in
            let unknown = try await rig.text("x")
            #expect(unknown.errorCode == 131_047)
            let path = "/simulator/threads/\(SimulatorRig.number)/\(SimulatorRig.customer)/window"
            #expect(try await rig.request(.post, path, ["hoursSinceLastMessage": 23]).status == .ok)
            #expect(try await rig.text("x").status == .ok)
            #expect(try await rig.request(.post, path, ["hoursSinceLastMessage": 25]).status == .ok)
            #expect(try await rig.text("x").errorCode == 131_047)
            #expect(try await rig.request(.post, path, [:]).status == .unprocessableContent)
        }
    }

    @Test("An unreachable customer fails with 131026")
    func unreachable() async throws {
        try await SimulatorRig.run { rig async throws in
            _ = try await rig.request(.patch, "/simulator/customers/\(SimulatorRig.customer)", ["reachable": false])
            #expect(try await rig.text("x").status == .ok)
            let status = try #require(await rig.receiver.updates("statuses", count: 1).first)
            #expect(status["status"] == "failed")
            #expect(status["errors"]?.elements?.first?["code"] == 131_026)
        }
    }

    @Test("Marking as read, with the typing indicator, marks earlier messages too")
    func read() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.receive(["type": "text", "text": ["body": "1"]])
            let second = try #require(try await rig.receive(["type": "text", "text": ["body": "2"]]).json["id"])
            let answer = try await rig.send([
                "status": "read", "message_id": second, "typing_indicator": ["type": "text"],
            ])
            #expect(answer.json == ["success": true])
            let path = "/simulator/threads/\(SimulatorRig.number)/\(SimulatorRig.customer)"
            let thread = try await rig.request(.get, path)
            #expect(thread.json["entries"]?.elements?.compactMap { $0["state"]?.string } == ["read", "read"])
            #expect(thread.json["typingMilliseconds"]?.int ?? 0 > 20_000)
            _ = try await rig.text("answer")
            #expect(try await rig.request(.get, path).json["typingMilliseconds"] == 0, "an answer ends the typing")
            #expect(try await rig.send(["status": "read", "message_id": "nonsense"]).errorCode == 100)
            #expect(try await rig.send(["status": "seen", "message_id": second]).errorCode == 100)
        }
    }

    @Test("A number's fields as Graph reads them")
    func number() async throws {
        try await SimulatorRig.run { rig async throws in
            let path = "/graph/v24.0/\(SimulatorRig.number)"
            let chosen = try await rig.request(
                .get,
                path + "?fields=status,quality_rating,verified_name,display_phone_number",
                token: SimulatorRig.token
            )
            #expect(
                chosen.json == [
                    "verified_name": "مطعم الديرة", "display_phone_number": "+966500000099", "quality_rating": "GREEN",
                    "status": "CONNECTED",
                    "id": .string(SimulatorRig.number),
                ]
            )
            let list = try await rig.request(.get, "/graph/v24.0/\(SimulatorRig.account)/phone_numbers", token: SimulatorRig.token)
            #expect(list.json["data"]?.elements?.count == 1)
            #expect(try await rig.request(.get, path).errorCode == 190)
        }
    }
}
