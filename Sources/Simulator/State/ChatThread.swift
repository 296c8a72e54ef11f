import Core

/// A conversation's key: a business's number and a customer.
struct ThreadKey: Hashable, Sendable {
    let phoneNumberID: String
    /// Digits of the customer's number, or the business-scoped user id of one who hides it.
    let customer: String
}

/// Someone with a phone.
struct Customer: Sendable {
    /// Digits or a business-scoped user id (`SA.1349…`, A4): the name in control paths.
    let key: String
    var name: String
    /// Nil for customers who hide their number.
    var waID: String?
    var userID: String?
    /// Whether messages reach the phone; otherwise they fail with 131026.
    var reachable = true

    init(key: String, name: String) {
        self.key = key
        self.name = name
        if key.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { waID = key } else { userID = key }
    }

    /// Whether `key` can name a customer: 7 to 15 digits, or two capital letters, a dot and up to 128 letters and digits.
    static func isKey(_ key: String) -> Bool {
        let bytes = Array(key.utf8)
        func digit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        func capital(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) }
        if (7...15).contains(bytes.count), bytes.allSatisfy(digit) { return true }
        guard (4...131).contains(bytes.count), capital(bytes[0]), capital(bytes[1]), bytes[2] == UInt8(ascii: ".") else { return false }
        return bytes[3...].allSatisfy { digit($0) || capital($0 & 0xdf) }
    }
}

/// One bubble.
struct ThreadEntry: Sendable {
    enum Direction: String, Sendable {
        case customer
        case business
    }

    enum State: Int, Sendable, Comparable {
        /// The customer's message waits for the webhook's 200.
        case pending
        /// Webhook answered; or, from the business, taken by the Graph API.
        case accepted
        case sent
        case delivered
        /// Business messages: read by the customer. Customer messages: marked as read by the business.
        case read
        case failed

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

        var name: String {
            switch self {
            case .pending: "pending"
            case .accepted: "accepted"
            case .sent: "sent"
            case .delivered: "delivered"
            case .read: "read"
            case .failed: "failed"
            }
        }
    }

    let sequence: Int
    let id: String
    let direction: Direction
    let at: Timestamp
    /// `type`, its payload and `context`, as they travel.
    let content: JSONValue
    var state: State
    var errorCode: Int?
    /// What the read status needs, for messages from the business.
    var receipt: StatusReceipt?
    /// Read by the customer before it counts as delivered.
    var readEarly = false

    /// As the phone page sees it.
    var json: JSONValue {
        [
            "sequence": .int(sequence), "id": .string(id), "direction": .string(direction.rawValue), "at": .int(at.microseconds / 1000),
            "state": .string(state.name), "errorCode": errorCode.map { .int($0) }, "content": content,
        ]
    }
}

/// A conversation as Meta's servers and the customer's phone know it.
struct ChatThread: Sendable {
    private(set) var entries = FIFO<ThreadEntry>()
    private(set) var lastSequence = 0
    var lastActivity: Timestamp
    /// The customer's last message: opens the service window for 24 hours.
    var lastInbound: Timestamp?
    /// When the business's typing indicator disappears by itself.
    var typingUntil: Timestamp?
    /// A person at a phone page reads here, so nobody else does.
    var isReadByPage = false
    /// Pair limit as one moment (GCRA): when the borrowed future is paid back.
    var pairPaidUntil: Timestamp?

    init(now: Timestamp) {
        lastActivity = now
    }

    mutating func append(
        id: String,
        direction: ThreadEntry.Direction,
        content: JSONValue,
        state: ThreadEntry.State,
        receipt: StatusReceipt? = nil,
        at now: Timestamp,
        keeping limit: Int
    ) -> ThreadEntry {
        lastSequence += 1
        lastActivity = now
        let entry = ThreadEntry(
            sequence: lastSequence,
            id: id,
            direction: direction,
            at: now,
            content: content,
            state: state,
            receipt: receipt
        )
        entries.append(entry)
        while entries.count > limit { _ = entries.popFirst() }
        return entry
    }

    /// Where the entry with `id` is; looked for from the newest, since that is where changes happen.
    func index(of id: String) -> Int? {
        entries.lastIndex { $0.id == id }
    }

    mutating func update(_ index: Int, _ change: (inout ThreadEntry) -> Void) {
        change(&entries[index])
    }

    /// Marks the customer's messages up to `id` as read. Returns those that were not; nil when `id` is a message of the business.
    mutating func markReadByBusiness(upTo id: String) -> [String]? {
        guard let last = index(of: id) else { return [] }
        guard entries[last].direction == .customer else { return nil }
        var read: [String] = []
        for index in (0...last).reversed() where entries[index].direction == .customer {
            if entries[index].state == .read { break }
            entries[index].state = .read
            read.append(entries[index].id)
        }
        return read.reversed()
    }

    /// Marks what has been delivered as read and what is under way as to be read on delivery. Returns the former.
    mutating func markReadByCustomer() -> [ThreadEntry] {
        var read: [ThreadEntry] = []
        for index in entries.indices where entries[index].direction == .business {
            switch entries[index].state {
            case .delivered:
                entries[index].state = .read
                read.append(entries[index])
            case .accepted, .sent: entries[index].readEarly = true
            default: continue
            }
        }
        return read
    }

    func isWindowOpen(at now: Timestamp) -> Bool? {
        lastInbound.map { now - $0 < .seconds(86_400) }
    }
}

/// What a status webhook repeats about its message (A6).
struct StatusReceipt: Sendable {
    /// `biz_opaque_callback_data`, echoed as sent.
    let opaqueData: String?
    /// `service` outside templates, otherwise the template's category in lower case.
    let category: String
    let isInsideWindow: Bool
    let groupID: String?
}
