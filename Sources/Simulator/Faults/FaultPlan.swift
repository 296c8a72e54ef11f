/// The fault rules in force and the dice that decide about them.
struct FaultPlan: Sendable {
    private(set) var rules: [(id: Int, rule: FaultRule)] = []
    private var nextID = 1
    private var dice: SeededGenerator

    init(rules: [FaultRule], seed: UInt64) {
        dice = SeededGenerator(seed: seed)
        for rule in rules { add(rule) }
    }

    @discardableResult
    mutating func add(_ rule: FaultRule) -> Int {
        defer { nextID += 1 }
        rules.append((nextID, rule))
        return nextID
    }

    mutating func remove(id: Int) -> Bool {
        let before = rules.count
        rules.removeAll { $0.id == id }
        return rules.count < before
    }

    mutating func removeAll() {
        rules = []
    }

    mutating func reseed(_ seed: UInt64) {
        dice = SeededGenerator(seed: seed)
    }

    /// The first rule of one of `kinds` that strikes this occasion, used up by one.
    mutating func strike(_ kinds: FaultRule.Kind..., phoneNumberID: String?) -> FaultRule? {
        // Nearly always there are no rules at all; this is on the path of every message.
        guard !rules.isEmpty else { return nil }
        for index in rules.indices where kinds.contains(rules[index].rule.kind) {
            let rule = rules[index].rule
            if let only = rule.phoneNumberID, only != phoneNumberID { continue }
            if rule.probability < 1, dice.unit() >= rule.probability { continue }
            if let remaining = rule.remaining {
                if remaining <= 1 { rules.remove(at: index) } else { rules[index].rule.remaining = remaining - 1 }
            }
            return rule
        }
        return nil
    }

    /// A random pause of up to `milliseconds`.
    mutating func pause(upTo milliseconds: Int) -> Duration {
        .microseconds(Int64(dice.unit() * Double(milliseconds) * 1000))
    }

    mutating func uint64() -> UInt64 { dice.next() }
}

/// SplitMix64: small, fast, and the same sequence for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// From 0 up to, not including, 1.
    mutating func unit() -> Double {
        Double(next() >> 11) * 0x1.0p-53
    }
}
