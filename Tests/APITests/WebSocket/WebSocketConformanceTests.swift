import TestSupport
import Testing

/// RFC 6455 over a real connection, ordered as the cases of the Autobahn test suite are: 1 framing, 2 pings, 3 reserved bits, 4 opcodes, 5 fragmentation,
/// 6 UTF-8, 7 closing, 9 sizes, 10 fragments that the network makes.
@Suite("WebSocket conformance")
struct WebSocketConformanceTests {
    private func exchange<Value: Sendable>(_ body: @Sendable (RawSocket) async throws -> Value) async throws -> Value {
        try await EchoServer().exchange(body)
    }

    /// The code with which the server fails the connection, which it then ends.
    private func failure(_ send: @Sendable (RawSocket) async -> Void) async throws -> UInt16? {
        try await exchange { socket in
            await send(socket)
            let code = await socket.closeCode()
            #expect(await socket.ends(), "the connection stayed open")
            return code
        }
    }

    // MARK: 1

    @Test("1: texts of every form of length come back", arguments: [0, 1, 125, 126, 127, 128, 65_535, 65_536])
    func texts(length: Int) async throws {
        try await exchange { socket in
            let text = String(repeating: "*", count: length)
            await socket.send(text: text)
            #expect(await socket.frame() == .text(text))
        }
    }

    @Test("1: binary messages arrive whole", arguments: [0, 1, 125, 126, 65_535, 65_536])
    func binary(length: Int) async throws {
        try await exchange { socket in
            await socket.send(frame: 0x82, [UInt8](repeating: 0xfe, count: length))
            #expect(await socket.frame() == .text("binary \(length)"))
        }
    }

    // MARK: 2

    @Test("2: a ping comes back as a pong with its payload", arguments: [0, 5, 125])
    func ping(length: Int) async throws {
        try await exchange { socket in
            let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
            await socket.send(frame: 0x89, payload)
            #expect(await socket.frame() == RawSocket.Frame(opcode: 10, payload: payload))
        }
    }

    @Test("2: a ping of 126 bytes is 1002") func longPing() async throws {
        #expect(try await failure { await $0.send(frame: 0x89, [UInt8](repeating: 0, count: 126)) } == 1002)
    }

    @Test("2: a pong that nobody asked for is nothing") func unsolicitedPong() async throws {
        try await exchange { socket in
            await socket.send(frame: 0x8a, [1, 2, 3])
            await socket.send(text: "after")
            #expect(await socket.frame() == .text("after"))
        }
    }

    @Test("2: ten pings in one write are ten pongs, in order") func tenPings() async throws {
        try await exchange { socket in
            await socket.send((0..<10).flatMap { RawSocket.bytes(0x89, Array("payload-\($0)".utf8)) })
            for number in 0..<10 { #expect(await socket.frame() == .pong("payload-\(number)")) }
        }
    }

    // MARK: 3, 4

    @Test(
        "3, 4: reserved bits and opcodes are 1002, whatever came before is answered",
        arguments: [0xc1, 0xa1, 0x91, 0xf1, 0xb2, 0xd9, 0xa8, 0x83, 0x84, 0x85, 0x86, 0x87, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f] as [UInt8]
    )
    func reserved(first: UInt8) async throws {
        try await exchange { socket in
            await socket.send(text: "before")
            #expect(await socket.frame() == .text("before"))
            await socket.send(RawSocket.bytes(first, first & 0x0f == 8 ? [] : Array("x".utf8)) + RawSocket.bytes(0x89))
            let frames = await socket.frames()
            #expect(frames.map(\.code) == [1002], "\(frames)")
            #expect(await socket.ends())
        }
    }

    @Test("4: a frame without mask is 1002", arguments: [0x81, 0x82, 0x89, 0x88] as [UInt8])
    func unmasked(first: UInt8) async throws {
        #expect(try await failure { await $0.send(frame: first, Array("no".utf8), isMasked: false) } == 1002)
    }

    // MARK: 5

    @Test("5: control frames in fragments are 1002", arguments: [0x09, 0x0a, 0x08] as [UInt8])
    func fragmentedControl(first: UInt8) async throws {
        #expect(try await failure { await $0.send(frame: first, Array("ab".utf8)) } == 1002)
    }

    @Test("5: a text in fragments, with and without pings in between") func fragments() async throws {
        try await exchange { socket in
            await socket.send(frame: 0x01, Array("fragment1".utf8))
            await socket.send(frame: 0x80, Array("fragment2".utf8))
            #expect(await socket.frame() == .text("fragment1fragment2"))
            await socket.send(frame: 0x01, Array("a".utf8))
            await socket.send(frame: 0x89, Array("ping".utf8))
            #expect(await socket.frame() == .pong("ping"))
            await socket.send(frame: 0x00, Array("b".utf8))
            await socket.send(frame: 0x00, [])
            await socket.send(frame: 0x89, Array("pong".utf8))
            #expect(await socket.frame() == .pong("pong"))
            await socket.send(frame: 0x80, Array("c".utf8))
            #expect(await socket.frame() == .text("abc"))
        }
    }

    @Test("5: fragments without anything in them are an empty text") func emptyFragments() async throws {
        try await exchange { socket in
            await socket.send(RawSocket.bytes(0x01) + RawSocket.bytes(0x00) + RawSocket.bytes(0x80))
            #expect(await socket.frame() == .text(""))
        }
    }

    @Test("5: a continuation of nothing is 1002", arguments: [0x80, 0x00] as [UInt8])
    func strayContinuation(first: UInt8) async throws {
        #expect(try await failure { await $0.send(frame: first, Array("stray".utf8)) } == 1002)
        #expect(
            try await failure { socket in
                await socket.send(frame: 0x01, Array("a".utf8))
                await socket.send(frame: 0x80, Array("b".utf8))
                _ = await socket.frame()
                await socket.send(frame: first, Array("stray".utf8))
            } == 1002
        )
    }

    @Test("5: a new message inside another is 1002", arguments: [0x81, 0x01, 0x82] as [UInt8])
    func interleaved(first: UInt8) async throws {
        #expect(
            try await failure { socket in
                await socket.send(frame: 0x01, Array("begun".utf8))
                await socket.send(frame: first, Array("another".utf8))
            } == 1002
        )
    }

    // MARK: 6

    private static let greek: [UInt8] = Array("κόσμε, 𐍈 日本 \u{10ffff}".utf8)

    @Test("6: text in any alphabet, whole, in fragments inside characters, and byte by byte") func unicode() async throws {
        try await exchange { socket in
            let bytes = Self.greek
            await socket.send(frame: 0x81, bytes)
            #expect(await socket.frame()?.payload == bytes)
            for cut in 0...bytes.count {
                await socket.send(RawSocket.bytes(0x01, Array(bytes[..<cut])) + RawSocket.bytes(0x80, Array(bytes[cut...])))
                #expect(await socket.frame()?.payload == bytes)
            }
            await socket.send(
                bytes.enumerated().flatMap { RawSocket.bytes($0 == 0 ? 0x01 : $0 == bytes.count - 1 ? 0x80 : 0x00, [$1]) }
            )
            #expect(await socket.frame()?.payload == bytes)
        }
    }

    static let invalid: [[UInt8]] = [
        [0x80], [0xbf], [0xc0, 0xaf], [0xc1, 0x81], [0xe0, 0x80, 0xaf], [0xe0, 0x9f, 0xbf], [0xf0, 0x80, 0x80, 0xaf],
        [0xf0, 0x8f, 0xbf, 0xbf],
        [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80],
        [0xf8, 0x88, 0x80, 0x80, 0x80], [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80], [0xfe], [0xff], [0xce], [0xe1, 0xbd], [0xf0, 0x90, 0x80],
        [0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xcf, 0x83, 0xce, 0xbc, 0xce, 0xb5, 0xed, 0xa0, 0x80, 0x65],
    ]

    @Test("6: what is not UTF-8 is 1007, in one frame and byte by byte", arguments: invalid)
    func invalidText(bytes: [UInt8]) async throws {
        #expect(try await failure { await $0.send(frame: 0x81, bytes) } == 1007)
        #expect(
            try await failure { socket in
                await socket.send(bytes.enumerated().flatMap { RawSocket.bytes($0 == 0 ? 0x01 : 0x00, [$1]) } + RawSocket.bytes(0x80))
            } == 1007
        )
    }

    @Test("6: text that can no longer become valid fails before its end") func failsFast() async throws {
        #expect(
            try await failure { socket in
                await socket.send(frame: 0x01, Array("good ".utf8))
                await socket.send(frame: 0x00, [0xf4, 0x90])
            } == 1007
        )
    }

    @Test("6: binary messages may hold any bytes", arguments: invalid) func binaryBytes(bytes: [UInt8]) async throws {
        try await exchange { socket in
            await socket.send(frame: 0x82, bytes)
            #expect(await socket.frame() == .text("binary \(bytes.count)"))
        }
    }

    // MARK: 7

    @Test(
        "7: a close frame comes back with its code, and the connection ends",
        arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] as [UInt16]
    )
    func close(code: UInt16) async throws {
        try await exchange { socket in
            await socket.send(frame: 0x88, RawSocket.closePayload(code, Array("bye — ok".utf8)))
            #expect(await socket.frames().map(\.code) == [code])
            #expect(await socket.ends())
        }
    }

    @Test("7: a close frame without a code comes back without one; what follows it is not read") func emptyClose() async throws {
        try await exchange { socket in
            await socket.send(RawSocket.bytes(0x88) + RawSocket.bytes(0x81, Array("late".utf8)) + RawSocket.bytes(0x89))
            #expect(await socket.frames() == [RawSocket.Frame(opcode: 8, payload: [])])
            #expect(await socket.ends())
        }
    }

    @Test(
        "7: codes that nobody may send are 1002",
        arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] as [UInt16]
    )
    func badCode(code: UInt16) async throws {
        #expect(try await failure { await $0.send(frame: 0x88, RawSocket.closePayload(code)) } == 1002)
    }

    @Test("7: half a code is 1002, a reason that is not UTF-8 1007, one of 124 bytes 1002") func badClose() async throws {
        #expect(try await failure { await $0.send(frame: 0x88, [3]) } == 1002)
        #expect(try await failure { await $0.send(frame: 0x88, RawSocket.closePayload(1000, [0xce, 0xba, 0xe1])) } == 1007)
        #expect(try await failure { await $0.send(frame: 0x88, RawSocket.closePayload(1000, [UInt8](repeating: 42, count: 124))) } == 1002)
    }

    @Test("7: a close in the middle of a message is a close") func closeInside() async throws {
        try await exchange { socket in
            await socket.send(RawSocket.bytes(0x01, Array("half".utf8)) + RawSocket.bytes(0x88, RawSocket.closePayload(1000)))
            #expect(await socket.frames().map(\.code) == [1000])
        }
    }

    // MARK: 9, 10

    @Test("9: more than 64 KiB is 1009, in one frame without waiting for it, and in fragments") func tooLarge() async throws {
        #expect(try await failure { await $0.send(frame: 0x81, [UInt8](repeating: 42, count: 65_537)) } == 1009)
        // The length alone decides: 2^62 bytes are not waited for.
        #expect(try await failure { await $0.send([0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]) } == 1009)
        #expect(try await failure { await $0.send([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]) } == 1009)
        #expect(
            try await failure { socket in
                await socket.send(frame: 0x01, [UInt8](repeating: 42, count: 40_000))
                await socket.send(frame: 0x80, [UInt8](repeating: 42, count: 30_000))
            } == 1009
        )
    }

    @Test("9: four hundred small messages in one write come back in order") func many() async throws {
        try await exchange { socket in
            await socket.send((0..<400).flatMap { RawSocket.bytes(0x81, Array("message \($0)".utf8)) })
            for number in 0..<400 { #expect(await socket.frame() == .text("message \(number)")) }
        }
    }

    @Test("10: frames that arrive in pieces of any size", arguments: [1, 7, 100]) func chopped(size: Int) async throws {
        try await exchange { socket in
            let text = String(repeating: "0123456789", count: 30)
            let bytes = RawSocket.bytes(0x89, [1]) + RawSocket.bytes(0x81, Array(text.utf8))
            for start in stride(from: 0, to: bytes.count, by: size) {
                await socket.send(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(await socket.frame() == RawSocket.Frame(opcode: 10, payload: [1]))
            #expect(await socket.frame() == .text(text))
        }
    }
}
