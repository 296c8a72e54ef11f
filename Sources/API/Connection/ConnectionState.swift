import Core
import NIOCore

/// What one HTTP/1.1 connection is waiting for, and until when. Knows no channel, so that a test can be its clock.
struct ConnectionState {
    enum Overdue: Equatable {
        /// The client did not send the body in time, and no answer has begun.
        case body
        /// We did not begin the answer in time.
        case answer
        /// The client takes nothing more, or the answer began and the rest of the body does not come.
        case stuck
    }

    private let limits: ConnectionLimits

    /// The request whose body is arriving.
    private var bodyStart: NIODeadline?
    private var bodyBytes = 0
    private var bodyLength: Int?
    /// Requests whose head was read and whose answer has not ended. More than one is pipelining.
    private var open = 0
    /// Since when the oldest of them could be answered.
    private var waitingSince: NIODeadline?
    private var answerBegun = false
    private var answerCloses = false
    private var unwritableSince: NIODeadline?
    /// The last request that was read asked for another protocol, so nothing after it is read as HTTP.
    private var parserStopped = false

    init(limits: ConnectionLimits) {
        self.limits = limits
    }

    /// - Parameter stopsParser: whether nothing after this request is read as HTTP.
    mutating func readHead(at now: NIODeadline, contentLength: String?, stopsParser: Bool = false) {
        if stopsParser { parserStopped = true }
        open += 1
        bodyStart = now
        bodyBytes = 0
        bodyLength = contentLength.flatMap { Int($0) }
    }

    mutating func readBody(_ bytes: Int) { bodyBytes += bytes }

    mutating func readEnd(at now: NIODeadline) {
        bodyStart = nil
        if open == 1, !answerBegun { waitingSince = now }
    }

    mutating func writability(_ isWritable: Bool, at now: NIODeadline) {
        unwritableSince = isWritable ? nil : now
    }

    /// Whether an answer that begins now comes before more of the body than is worth reading.
    var answerLeavesBodyUnread: Bool {
        guard bodyStart != nil, open == 1 else { return false }
        guard let bodyLength else { return true }
        return bodyLength - bodyBytes > limits.lingerBytes
    }

    /// Whether no further request can be read, so that the connection is of no more use after this answer.
    var answerIsLast: Bool { parserStopped && open <= 1 }

    mutating func writeHead(closes: Bool) {
        answerBegun = true
        answerCloses = closes
        waitingSince = nil
    }

    /// - Returns: whether the connection ends with this answer.
    mutating func writeEnd(at now: NIODeadline) -> Bool {
        open = max(0, open - 1)
        answerBegun = false
        // The next pipelined request, when all of it is here.
        if open > 1 || (open == 1 && bodyStart == nil) { waitingSince = now }
        return answerCloses
    }

    /// The next moment at which something may be overdue; nil while nothing is waited for.
    var deadline: NIODeadline? {
        var deadline = bodyDeadline
        if let waitingSince { deadline = min(deadline ?? .distantFuture, waitingSince + TimeAmount(limits.answer)) }
        if let unwritableSince { deadline = min(deadline ?? .distantFuture, unwritableSince + TimeAmount(limits.write)) }
        return deadline
    }

    func overdue(at now: NIODeadline) -> Overdue? {
        if let unwritableSince, now >= unwritableSince + TimeAmount(limits.write) { return .stuck }
        if let bodyDeadline, now >= bodyDeadline { return answerBegun || open != 1 ? .stuck : .body }
        if let waitingSince, now >= waitingSince + TimeAmount(limits.answer) { return .answer }
        return nil
    }

    private var bodyDeadline: NIODeadline? {
        bodyStart.map { $0 + TimeAmount(limits.body) + .milliseconds(Int64(bodyBytes) * 1000 / Int64(limits.slowestBody)) }
    }
}
