import Core

/// What is due when: a binary heap, first by time, then in the order of scheduling.
struct TimerHeap<Action: Sendable>: Sendable {
    private struct Item: Sendable {
        let due: Timestamp
        let order: UInt64
        let action: Action

        func isBefore(_ other: Item) -> Bool {
            due != other.due ? due < other.due : order < other.order
        }
    }

    private var items: [Item] = []
    private var order: UInt64 = 0

    var count: Int { items.count }
    var nextDue: Timestamp? { items.first?.due }

    mutating func schedule(_ action: Action, at due: Timestamp) {
        order += 1
        items.append(Item(due: due, order: order, action: action))
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard items[child].isBefore(items[parent]) else { return }
            items.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the earliest action that is due at `now`.
    mutating func popDue(at now: Timestamp) -> Action? {
        guard let first = items.first, first.due <= now else { return nil }
        let last = items.removeLast()
        if !items.isEmpty {
            items[0] = last
            var parent = 0
            while true {
                var smallest = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < items.count && items[child].isBefore(items[smallest]) {
                    smallest = child
                }
                if smallest == parent { break }
                items.swapAt(parent, smallest)
                parent = smallest
            }
        }
        return first.action
    }

    mutating func removeAll() {
        items = []
    }
}
