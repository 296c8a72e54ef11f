import Core
import NIOCore
import Testing

@testable import API

@Suite("Connection deadlines")
struct ConnectionStateTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func state() -> ConnectionState { ConnectionState(limits: ConnectionLimits()) }

    @Test("Nothing is waited for on an idle connection")
    func idle() {
        var state = state()
        #expect(state.deadline == nil)
        state.readHead(at: start, contentLength: nil)
        state.readEnd(at: start)
        state.writeHead(closes: false)
        let closes = state.writeEnd(at: start)
        #expect(!closes)
        #expect(state.deadline == nil)
        #expect(state.overdue(at: start + .hours(1)) == nil)
    }

    @Test("A body has 20 seconds and as much more as its bytes deserve")
    func body() {
        var state = state()
        state.readHead(at: start, contentLength: "100000")
        #expect(state.overdue(at: start + .milliseconds(19_999)) == nil)
        #expect(state.overdue(at: start + .seconds(20)) == .body)
        state.readBody(40_960)
        #expect(state.overdue(at: start + .seconds(29)) == nil)
        #expect(state.overdue(at: start + .seconds(30)) == .body)
        state.writeHead(closes: true)
        #expect(state.overdue(at: start + .seconds(30)) == .stuck)
    }

    @Test("An answer has 30 seconds from the end of its request; one that has begun may take its time")
    func answer() {
        var state = state()
        state.readHead(at: start, contentLength: nil)
        state.readEnd(at: start + .seconds(1))
        #expect(state.deadline == start + .seconds(31))
        #expect(state.overdue(at: start + .seconds(31)) == .answer)
        state.writeHead(closes: false)
        #expect(state.overdue(at: start + .hours(1)) == nil)
    }

    @Test("A pipelined request is waited for from the answer before it")
    func pipelined() {
        var state = state()
        for _ in 0..<2 {
            state.readHead(at: start, contentLength: nil)
            state.readEnd(at: start)
        }
        state.writeHead(closes: false)
        _ = state.writeEnd(at: start + .seconds(20))
        #expect(state.overdue(at: start + .seconds(40)) == nil)
        #expect(state.overdue(at: start + .seconds(50)) == .answer)
    }

    @Test("A client that takes nothing is given up")
    func unwritable() {
        var state = state()
        state.writability(false, at: start)
        #expect(state.overdue(at: start + .seconds(29)) == nil)
        #expect(state.overdue(at: start + .seconds(30)) == .stuck)
        state.writability(true, at: start + .seconds(29))
        #expect(state.overdue(at: start + .seconds(30)) == nil)
    }

    @Test("An answer before the body ends the connection unless the rest is small")
    func unreadBody() {
        var small = state()
        small.readHead(at: start, contentLength: "1000")
        #expect(!small.answerLeavesBodyUnread)
        var large = state()
        large.readHead(at: start, contentLength: "1000000")
        #expect(large.answerLeavesBodyUnread)
        large.readBody(999_000)
        #expect(!large.answerLeavesBodyUnread)
        var unknown = state()
        unknown.readHead(at: start, contentLength: nil)
        #expect(unknown.answerLeavesBodyUnread)
        unknown.readEnd(at: start)
        #expect(!unknown.answerLeavesBodyUnread)
    }
}
