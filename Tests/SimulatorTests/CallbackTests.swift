import Core
import HTTPTypes
import Testing

@testable import Simulator

@Suite("Verification and overrides (A1, A3)")
struct CallbackTests {
    @Test("The challenge comes back: verified; with another token: not, and the state says so")
    func verification() async throws {
        try await SimulatorRig.run { rig async throws in
            let good = try await rig.request(.post, "/simulator/verify")
            #expect(good.json["verifications"]?.elements?.first?["verified"] == true)
            rig.receiver.expect(verifyToken: "something else")
            let bad = try await rig.request(.post, "/simulator/verify")
            #expect(bad.json["verifications"]?.elements?.first?["verified"] == false)
            #expect(bad.json["verifications"]?.elements?.first?["status"] == 403)
            let state = try await rig.request(.get, "/simulator/state")
            #expect(state.json["verifications"]?.elements?.first?["verified"] == false)
        }
    }

    @Test("A token with reserved characters survives the query")
    func reserved() async throws {
        try await SimulatorRig.run {
            $0.apps = [SimulatedApp(appID: "1", appSecret: Secret(SimulatorRig.secret), verifyToken: Secret("a&b=c d/é%"))]
        } _: { rig async throws in
            rig.receiver.expect(verifyToken: "a&b=c d/é%")
            let answer = try await rig.request(.post, "/simulator/verify")
            #expect(answer.json["verifications"]?.elements?.first?["verified"] == true)
        }
    }

    @Test("An override is taken only when its callback answers; the number's goes before the account's")
    func overrides() async throws {
        try await SimulatorRig.run { rig async throws in
            let account = "/graph/v24.0/\(SimulatorRig.account)/subscribed_apps"
            let base = rig.meta.configuration.callbackURL
            let refused = try await rig.request(
                .post,
                account,
                ["override_callback_uri": .string(base), "verify_token": "wrong"],
                token: SimulatorRig.token
            )
            #expect(refused.errorCode == 2200)
            let taken = try await rig.request(
                .post,
                account,
                ["override_callback_uri": .string(base + "?from=account"), "verify_token": "verify-me"],
                token: SimulatorRig.token
            )
            #expect(taken.json == ["success": true])
            let number = try await rig.request(
                .post,
                "/graph/v24.0/\(SimulatorRig.number)",
                ["webhook_configuration": ["override_callback_uri": .string(base + "?from=number"), "verify_token": "verify-me"]],
                token: SimulatorRig.token
            )
            #expect(number.json == ["success": true])
            let read = try await rig.request(
                .get,
                "/graph/v24.0/\(SimulatorRig.number)?fields=webhook_configuration",
                token: SimulatorRig.token
            )
            #expect(read.json["webhook_configuration"]?["phone_number"] == .string(base + "?from=number"))
            #expect(read.json["webhook_configuration"]?["whatsapp_business_account"] == .string(base + "?from=account"))
            try await rig.receive(["type": "text", "text": ["body": "x"]])
            #expect(await rig.receiver.updates("messages", count: 1).count == 1)
            let destinations = rig.meta.change { state, _ in
                state.destinations(wabaID: SimulatorRig.account, phoneNumberID: SimulatorRig.number).map(\.url)
            }
            #expect(destinations == [base + "?from=number"])
            _ = try await rig.request(.post, account, token: SimulatorRig.token)
            #expect(try await rig.request(.get, account, token: SimulatorRig.token).json["data"]?.elements?.count == 1)
        }
    }

    @Test("An account without subscribed apps receives nothing")
    func unsubscribed() async throws {
        try await SimulatorRig.run { rig async throws in
            let path = "/graph/v24.0/\(SimulatorRig.account)/subscribed_apps"
            #expect(try await rig.request(.delete, path, token: SimulatorRig.token).json == ["success": true])
            try await rig.receive(["type": "text", "text": ["body": "unheard"]])
            #expect(try await rig.request(.post, path, token: SimulatorRig.token).json == ["success": true])
            try await rig.receive(["type": "text", "text": ["body": "heard"]])
            let messages = await rig.receiver.updates("messages", count: 1)
            #expect(messages.compactMap { $0["text"]?["body"]?.string } == ["heard"])
        }
    }

    @Test("Two apps on one account: each gets its own copy under its own secret")
    func twoApps() async throws {
        try await SimulatorRig.run {
            $0.apps.append(SimulatedApp(appID: "2", appSecret: Secret("second"), verifyToken: Secret("verify-me")))
            $0.phoneNumbers.append(
                SimulatedPhoneNumber(
                    phoneNumberID: "3",
                    wabaID: SimulatorRig.account,
                    displayNumber: "966500000098",
                    accessToken: Secret("EAA3"),
                    restaurantName: "Two",
                    appID: "2"
                )
            )
        } _: { rig async throws in
            try await rig.receive(["type": "text", "text": ["body": "x"]])
            let posts = try #require(await rig.receiver.first { $0.count >= 2 ? $0 : nil })
            let expected = [SimulatorRig.secret, "second"].map { WebhookSignature(appSecret: Secret($0)).header(for: posts[0].body) }
            #expect(Set(posts.map(\.signature)) == Set(expected))
        }
    }

    @Test("A number that connects while running")
    func newNumber() async throws {
        try await SimulatorRig.run { rig async throws in
            let answer = try await rig.request(
                .post,
                "/simulator/numbers",
                [
                    "phoneNumberId": "900", "wabaId": "901", "displayNumber": "+44 7700 900001", "accessToken": "EAAnew",
                    "restaurantName": "London",
                ]
            )
            #expect(answer.status == .created)
            let sent = try await rig.send(["type": "text", "text": ["body": "x"]], from: "900", token: "EAAnew")
            #expect(sent.status == .ok)
            let numbers = try await rig.request(.get, "/simulator/numbers")
            #expect(numbers.json["numbers"]?.elements?.count == 3)
            #expect(!String(decoding: numbers.bytes, as: UTF8.self).contains("EAA"), "tokens are not shown")
            #expect(try await rig.request(.post, "/simulator/numbers", ["phoneNumberId": "x"]).status == .unprocessableContent)
        }
    }
}
