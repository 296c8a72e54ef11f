import Core
import HTTPTypes
import Testing

@testable import Simulator

@Suite("Inner parts")
struct StateTests {
    @Test("A queue keeps its order through any mixture of both ends")
    func fifo() {
        var queue = FIFO<Int>()
        var model: [Int] = []
        var dice = SeededGenerator(seed: 11)
        for step in 0..<20_000 {
            if dice.next() % 5 < 3 {
                queue.append(step)
                model.append(step)
            } else {
                #expect(queue.popFirst() == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(queue.count == model.count)
            #expect(queue.first == model.first)
            #expect(queue.last == model.last)
        }
        #expect(Array(queue) == model)
    }

    @Test("Timers come by time, then in the order of scheduling, and never early")
    func timers() {
        var heap = TimerHeap<Int>()
        var dice = SeededGenerator(seed: 3)
        var expected: [(Int64, Int)] = []
        for index in 0..<3000 {
            let due = Int64(dice.next() % 50)
            heap.schedule(index, at: Timestamp(microseconds: due))
            expected.append((due, index))
        }
        expected.sort { $0 < $1 }
        var popped: [Int] = []
        for time in 0..<50 {
            while let action = heap.popDue(at: Timestamp(microseconds: Int64(time))) { popped.append(action) }
            #expect(heap.nextDue.map { $0.microseconds > time } ?? true)
        }
        #expect(popped == expected.map(\.1))
        #expect(heap.count == 0)
    }

    @Test("The sent log counts what is repeated and keeps its bound")
    func sentLog() {
        var log = SentLog(limit: 10)
        for index in 0..<30 {
            log.append(
                at: .now,
                id: "\(index)",
                phoneNumberID: "1",
                customer: "2",
                type: "text",
                opaqueData: index == 29 ? "m28" : "m\(index)",
                answer: "ok",
                request: .null
            )
        }
        #expect(log.total == 30)
        #expect(log.messages.count == 10)
        #expect(log.repeated == ["m28": 2])
        #expect(log.counts.count == 9)
    }

    @Test("Idle conversations go first, and their customers with them")
    func eviction() throws {
        var configuration = try SimulatorConfiguration(json: ConfigurationTests.json.utf8)
        configuration.limits.threads = 100
        let meta = SimulatedMeta(configuration: configuration) { Timestamp(unixSeconds: 1_760_000_000) }
        meta.change { state, now in
            for index in 0..<150 {
                let key = ThreadKey(phoneNumberID: "10", customer: "96650000\(1000 + index)")
                _ = state.customer(key.customer)
                state.changeThread(key, at: now) { $0.lastActivity = now + .seconds(index) }
            }
            state.evictIdleThreads()
            #expect(state.threads.count == 90)
            #expect(state.customers.count == 90)
            #expect(state.threads[ThreadKey(phoneNumberID: "10", customer: "966500001149")] != nil)
            #expect(state.threads[ThreadKey(phoneNumberID: "10", customer: "966500001000")] == nil)
        }
    }

    @Test("A conversation keeps its newest entries")
    func threadBound() {
        var thread = ChatThread(now: .now)
        for index in 0..<50 {
            _ = thread.append(id: "\(index)", direction: .customer, content: .null, state: .accepted, at: .now, keeping: 20)
        }
        #expect(thread.entries.count == 20)
        #expect(thread.entries.first?.sequence == 31)
        #expect(thread.index(of: "49") == 19)
        #expect(thread.index(of: "0") == nil)
    }

    @Test("Updates of one conversation wait for each other; those of others do not")
    func lanes() {
        var outbox = WebhookOutbox()
        func update(_ text: String) -> WebhookUpdate {
            WebhookUpdate(wabaID: "1", phoneNumberID: "2", payload: .message(.string(text), contact: nil))
        }
        func lane(_ customer: String) -> WebhookLane { WebhookLane(url: "u", appID: "a", owner: "2", customer: customer) }
        for text in ["a1", "a2", "a3"] { outbox.append(update(text), to: lane("a")) }
        outbox.append(update("b1"), to: lane("b"))
        func take(_ limit: Int) -> ([String], [WebhookLane]) {
            guard let (updates, lanes) = outbox.take(upTo: limit) else { return ([], []) }
            return (
                updates.compactMap { update in
                    if case .message(let json, _) = update.payload { return json.string }
                    return nil
                }, lanes
            )
        }
        let first = take(1)
        #expect(first.0 == ["a1"])
        #expect(take(1).0 == ["b1"])
        #expect(take(1).0.isEmpty, "a is under way")
        outbox.release(first.1)
        #expect(take(10).0 == ["a2", "a3"])
        #expect(outbox.pending == 0)
        for customer in ["c", "d", "e"] { outbox.append(update(customer), to: lane(customer)) }
        #expect(take(2).0 == ["c", "d"])
        #expect(take(2).0 == ["e"])
    }

    @Test("A sender that is full is woken by room, not by work")
    func fullSender() throws {
        var configuration = try SimulatorConfiguration(json: ConfigurationTests.json.utf8)
        configuration.limits.concurrentWebhooks = 1
        configuration.updatesPerWebhook = 1
        let meta = SimulatedMeta(configuration: configuration)
        meta.change { state, now in
            for index in 0..<3 {
                state.publishAccountUpdate(wabaID: "20", field: "security", ["n": .int(index)], at: now)
                state.enqueue(
                    WebhookUpdate(wabaID: "20", phoneNumberID: "10", payload: .value(field: "x", .null)),
                    customer: "\(index)"
                )
            }
        }
        let job = try #require(meta.nextWebhook())
        #expect(meta.nextWebhook().map(\.lanes) == nil)
        #expect(meta.change { state, _ in state.outbox.hasWork && !state.canSendWebhook })
        meta.finish(job, isAnswered: true)
        #expect(meta.change { state, _ in state.canSendWebhook })
        var posts = 1
        while let next = meta.nextWebhook() {
            meta.finish(next, isAnswered: true)
            posts += 1
        }
        #expect(posts == 6)
        #expect(meta.change { state, _ in state.activeWebhooks == 0 && !state.outbox.hasWork })
    }
}
