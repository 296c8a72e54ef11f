import Foundation
import NIOCore
import TestSupport
import Testing

@testable import API

/// What a socket may take of the server, and how it ends.
@Suite("WebSocket connection", .serialized)
struct WebSocketConnectionTests {
    @Test("Binary messages are 1003 where only text is understood") func binary() async throws {
        try await EchoServer { $0.takesBinary = false }.exchange { socket in
            await socket.send(frame: 0x82, [1, 2])
            #expect(await socket.closeCode() == 1003)
        }
    }

    @Test("More frames than allowed are 4429, of whatever kind", arguments: [0x81, 0x89, 0x8a, 0x01] as [UInt8])
    func tooManyFrames(first: UInt8) async throws {
        let server = EchoServer {
            $0.framesAtOnce = 30
            $0.framesPerSecond = 5
        }
        try await server.exchange { socket in
            let next: UInt8 = first == 0x01 ? 0x00 : first
            await socket.send(RawSocket.bytes(first) + (0..<60).flatMap { _ in RawSocket.bytes(next) })
            let frames = await socket.frames()
            #expect(frames.last?.code == 4429)
            // Those before were answered.
            if first == 0x89 { #expect((28...40).contains(frames.count - 1), "\(frames.count)") }
        }
        #expect(server.sockets.endings == [4429])
    }

    @Test("The allowance refills: a steady client stays") func steady() async throws {
        let server = EchoServer {
            $0.framesAtOnce = 2
            $0.framesPerSecond = 50
        }
        try await server.exchange { socket in
            for number in 0..<20 {
                await socket.send(text: "\(number)")
                #expect(await socket.frame() == .text("\(number)"))
                try await Task.sleep(for: .milliseconds(25))
            }
        }
    }

    @Test("Pings are sent, and a client that answers them stays") func pings() async throws {
        let server = EchoServer {
            $0.ping = .milliseconds(100)
            $0.pong = .milliseconds(300)
        }
        try await server.exchange { socket in
            for _ in 0..<3 {
                let ping = await socket.frame()
                #expect(ping?.opcode == 9)
                await socket.send(frame: 0x8a, ping?.payload ?? [])
            }
            await socket.send(text: "here")
            var frames: [RawSocket.Frame] = []
            while let frame = await socket.frame(seconds: 2), frames.count < 5, frame != .text("here") { frames.append(frame) }
            #expect(frames.allSatisfy { $0.opcode == 9 })
        }
    }

    @Test("A client that answers no ping is gone after the time for it") func noPong() async throws {
        let server = EchoServer {
            $0.ping = .milliseconds(100)
            $0.pong = .milliseconds(300)
        }
        try await server.exchange { socket in
            let start = ContinuousClock.now
            // Talk alone is no sign of being well.
            await socket.send(text: "x")
            #expect(await socket.closeCode() == 1011)
            #expect(await socket.ends())
            #expect(ContinuousClock.now - start < .seconds(5))
        }
        #expect(server.sockets.endings == [1011])
    }

    @Test("A client that never reads is 4408 at its limit: the sender does not wait, and memory stays flat") func neverReads() async throws
    {
        let server = EchoServer { $0.close = .milliseconds(500) }
        try await server.exchange { socket in
            try await socket.setReading(false)
            let connection = try #require(server.sockets.last)
            let text = ByteBuffer(string: String(repeating: "x", count: 10_000))
            let start = ContinuousClock.now
            var most = 0
            var sent = 0
            while !connection.isClosed, sent < 100_000 {
                connection.send(text)
                sent += 1
                most = max(most, connection.backlog.bytes)
                // The socket's own buffers take a few megabytes first.
                if sent % 50 == 0 { try await Task.sleep(for: .milliseconds(1)) }
            }
            #expect(connection.closeCode == .slow)
            #expect(most <= 1024 * 1024)
            #expect(connection.backlog.bytes == 0)
            #expect(ContinuousClock.now - start < .seconds(10))
            // Nothing is kept for it any more.
            connection.send(text)
            #expect(connection.backlog.frames == 0)
            // The task that serves it hears of the end a moment later.
            let deadline = ContinuousClock.now + .seconds(10)
            while server.sockets.endings.isEmpty, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(5)) }
            #expect(server.sockets.endings == [4408])
        }
    }

    @Test("A client that reads again in time hears why") func readsAgain() async throws {
        try await EchoServer { $0.backlogFrames = 20 }.run { port in
            let server = try await RawSocket.open(port)
            _ = await server.head()
            await server.close()
        }
        let server = EchoServer { $0.backlogFrames = 20 }
        try await server.exchange { socket in
            try await socket.setReading(false)
            let connection = try #require(server.sockets.last)
            let text = ByteBuffer(string: String(repeating: "x", count: 60_000))
            for _ in 0..<2000 where !connection.isClosed {
                connection.send(text)
                try await Task.sleep(for: .milliseconds(1))
            }
            try await socket.setReading(true)
            #expect(await socket.closeCode() == 4408)
        }
    }

    @Test("What is of no use later gives way first") func droppable() {
        var limits = WebSocketLimits()
        limits.backlogFrames = 4
        var outbox = WebSocketOutbox(limits: limits)
        let (typing, event) = (ByteBuffer(string: "typing"), ByteBuffer(string: "event"))
        func append(_ frame: ByteBuffer) -> Bool { outbox.append(frame, isDroppable: frame == typing) }
        #expect([typing, event, typing, event].map(append) == [true, true, true, true])
        // Another of its kind is dropped, an event takes the place of both.
        #expect(append(typing))
        #expect(outbox.count == 4)
        #expect(append(event))
        #expect(outbox.count == 3 && outbox.bytes == 15)
        #expect(append(event))
        #expect(!append(event))
        #expect(outbox.count == 0 && outbox.bytes == 0)
    }

    @Test("A connection that breaks off ends its session with 1006") func brokenOff() async throws {
        let server = EchoServer()
        try await server.exchange { socket in
            await socket.send(text: "a")
            _ = await socket.frame()
            await socket.close()
            for _ in 0..<200 where server.sockets.endings.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        }
        #expect(server.sockets.endings == [1006])
    }

    @Test("A server that stops closes with 1012 and does not wait for clients that do not answer") func shutdown() async throws {
        let server = EchoServer { $0.close = .milliseconds(300) }
        let start = Date()
        let socket = try await server.run { port in
            let socket = try await RawSocket.open(port)
            _ = await socket.head()
            return socket
        }
        #expect(await socket.closeCode() == 1012)
        #expect(await socket.ends())
        #expect(Date().timeIntervalSince(start) < 5)
        #expect(server.sockets.endings == [1012])
    }
}
