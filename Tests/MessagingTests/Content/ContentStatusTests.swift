import Messaging
import Testing

@Suite("B6: statuses in any order")
struct ContentStatusTests {
    private static let news: [MessageStatus] = [.sent, .delivered, .read, .played, .failed]

    private static func permutations(_ items: [MessageStatus]) -> [[MessageStatus]] {
        guard items.count > 1 else { return [items] }
        return items.indices.flatMap { index -> [[MessageStatus]] in
            var rest = items
            let item = rest.remove(at: index)
            return permutations(rest).map { [item] + $0 }
        }
    }

    private static func subsets(_ items: [MessageStatus]) -> [[MessageStatus]] {
        items.reduce([[]]) { subsets, item in subsets + subsets.map { $0 + [item] } }
    }

    @Test(
        "Every order of the same news ends the same, and no step goes backwards",
        arguments: [MessageStatus.queued, .sending, .unconfirmed, .sent]
    )
    func orderDoesNotMatter(_ start: MessageStatus) {
        let reached: [MessageStatus] = [.queued, .sending, .unconfirmed, .sent, .delivered, .read, .played]
        for subset in Self.subsets(Self.news) {
            var results: Set<MessageStatus> = []
            for order in Self.permutations(subset) {
                var status = start
                for incoming in order + order {
                    let before = status
                    status = .merged(current: status, incoming: incoming)
                    if let old = reached.firstIndex(of: before), let new = reached.firstIndex(of: status) { #expect(old <= new) }
                    if [.delivered, .read, .played].contains(before) { #expect(status != .failed) }
                }
                results.insert(status)
            }
            #expect(results.count <= 1, "\(subset)")
        }
    }

    @Test func single() {
        #expect(MessageStatus.merged(current: .read, incoming: .delivered) == .read)
        #expect(MessageStatus.merged(current: .sent, incoming: .read) == .read)
        #expect(MessageStatus.merged(current: .unconfirmed, incoming: .sent) == .sent)
        #expect(MessageStatus.merged(current: .sent, incoming: .failed) == .failed)
        #expect(MessageStatus.merged(current: .failed, incoming: .sent) == .failed)
        #expect(MessageStatus.merged(current: .delivered, incoming: .failed) == .delivered)
        #expect(MessageStatus.merged(current: .failed, incoming: .delivered) == .delivered)
        #expect(MessageStatus.merged(current: .read, incoming: .played) == .played)
    }

    @Test func inboundAndCancelledStay() {
        for incoming in MessageStatus.allCases {
            #expect(MessageStatus.merged(current: .received, incoming: incoming) == .received)
            #expect(MessageStatus.merged(current: .cancelled, incoming: incoming) == .cancelled)
        }
    }
}
