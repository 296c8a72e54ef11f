/// Finds two members of an object with the same name, also when one of them is written with escapes.
enum JSONDuplicateKeys {
    /// Below this, comparing each pair is cheaper than hashing.
    private static let pairwiseLimit = 8

    /// The source offset of the first name that was there before; nil when all differ. Linear in the object's size.
    static func first(in tape: [JSONToken], object: Int, _ bytes: Span<UInt8>) -> Int? {
        let end = Int(tape[object].next)
        var count = 0
        var key = object + 1
        while key < end {
            count += 1
            key = Int(tape[key + 1].next)
        }
        guard count > 1 else { return nil }
        return count <= pairwiseLimit ? pairwise(tape, object, end, bytes) : hashed(tape, object, end, count, bytes)
    }

    private static func pairwise(_ tape: [JSONToken], _ object: Int, _ end: Int, _ bytes: Span<UInt8>) -> Int? {
        var key = Int(tape[object + 2].next)
        while key < end {
            var earlier = object + 1
            while earlier < key {
                if JSONText.equal(tape[earlier], tape[key], bytes) { return Int(tape[key].start) }
                earlier = Int(tape[earlier + 1].next)
            }
            key = Int(tape[key + 1].next)
        }
        return nil
    }

    /// Open addressing over tape positions. The hash is seeded per process, so that nobody can prepare names that collide.
    private static func hashed(_ tape: [JSONToken], _ object: Int, _ end: Int, _ count: Int, _ bytes: Span<UInt8>) -> Int? {
        var capacity = 32
        while capacity < count * 2 { capacity *= 2 }
        var slots = [UInt32](repeating: 0, count: capacity)
        var key = object + 1
        while key < end {
            var slot = JSONText.hash(tape[key], bytes) & (capacity - 1)
            // A key's tape position is never 0: the root is there.
            while slots[slot] != 0 {
                if JSONText.equal(tape[Int(slots[slot])], tape[key], bytes) { return Int(tape[key].start) }
                slot = (slot + 1) & (capacity - 1)
            }
            slots[slot] = UInt32(key)
            key = Int(tape[key + 1].next)
        }
        return nil
    }
}
