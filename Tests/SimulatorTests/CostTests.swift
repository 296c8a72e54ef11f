import Core
import Foundation
import HTTPTypes
import Testing

@testable import Simulator

/// What a message costs here, without HTTP: the simulator is part of every load test, and must not be what is measured.
@Suite("Cost", .serialized)
struct CostTests {
    @Test("A whole turn (in, send, three statuses, their webhooks) stays far below what a load test leaves us")
    func turn() throws {
        var configuration = try SimulatorConfiguration(json: ConfigurationTests.json.utf8)
        configuration.updatesPerWebhook = 1
        let meta = SimulatedMeta(configuration: configuration)
        let signature = WebhookSignature(appSecret: Secret("s"))
        let inbound = try JSONValue(parsing: Array(#"{"type":"text","text":{"body":"أريد كبسة دجاج وعصير ليمون من فضلكم"}}"#.utf8))
        let request = Array(
            #"{"messaging_product":"whatsapp","to":"966500000001","type":"interactive","biz_opaque_callback_data":"0192d4a0","interactive":{"type":"button","body":{"text":"أهلًا بك، كيف نساعدك؟"},"action":{"buttons":[{"type":"reply","reply":{"id":"menu","title":"القائمة"}},{"type":"reply","reply":{"id":"hours","title":"الأوقات"}}]}}}"#
                .utf8
        )
        let turns = 2000
        // This thread's processor time only: other tests run at the same time.
        func spent() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) * 1_000_000 + Double(time.tv_nsec) / 1000
        }
        let start = spent()
        var posts = 0
        for index in 0..<turns {
            let customer = "9665\(10_000_000 + index % 500)"
            let message = try InboundMessage(json: inbound, at: "")
            meta.change { state, now in
                guard let number = state.numbers["10"] else { return }
                _ = state.receive(message, from: customer, name: "Sara", identity: nil, to: number, at: now)
            }
            var body = try #require(try JSONValue(parsing: request).object)
            body["to"] = .string(customer)
            guard case .message(let outbound) = try MessageRequest(json: .object(body)) else { continue }
            _ = try meta.change { state, now throws(GraphError) in
                let number = try state.authorise(phoneNumberID: "10", token: "t", method: "post")
                return try state.send(outbound, from: number, fault: nil, at: now)
            }
            _ = meta.change { state, now in state.runTimers(at: now + .seconds(60)) }
            while let job = meta.nextWebhook() {
                #expect(signature.header(for: job.post.body).utf8.count == 71)
                meta.finish(job, isAnswered: true)
                posts += 1
            }
        }
        let perTurn = (spent() - start) / Double(turns)
        #expect(posts == turns * 4)
        // About 100 µs where this was written; twenty times that is a mistake worth hearing of.
        #expect(perTurn < 2000, "\(perTurn) µs of processor time for one turn")
        print("one turn costs \(Int(perTurn)) µs of processor time")
    }

    @Test(
        "Over HTTP, client and receiver in the same process",
        .enabled(if: ProcessInfo.processInfo.environment["MAITRE_SIMULATOR_LOAD"] != nil),
        arguments: [1, 50]
    )
    func overHTTP(updatesPerWebhook: Int) async throws {
        try await SimulatorRig.run {
            $0.limits.pairBurst = 0
            $0.limits.throughputPerSecond = 0
            $0.updatesPerWebhook = updatesPerWebhook
        } _: { rig async throws in
            let sends = 4000
            let start = ContinuousClock.now
            let processor = clock()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<16 {
                    group.addTask {
                        for index in stride(from: worker, to: sends, by: 16) {
                            _ = try await rig.text("x", to: "9665\(10_000_000 + index % 1000)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let sent = ContinuousClock.now - start
            func delivered() -> Int { rig.meta.change { state, _ in state.activeWebhooks == 0 ? state.counters.webhookUpdates : 0 } }
            // Asked seldom, so that the asking does not count.
            while delivered() < sends * 3 { try await Task.sleep(for: .milliseconds(20)) }
            let all = ContinuousClock.now - start
            let seconds = Double(clock() - processor) / Double(CLOCKS_PER_SEC)
            let state = try await rig.request(.get, "/simulator/state")
            print(
                "\(sends) sends in \(sent), \(sends * 3) statuses in \(all), \(seconds) s of processor time in all, "
                    + "\(state.json["counters"]?["webhookPosts"]?.int ?? 0) posts"
            )
        }
    }
}
