import Core
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A WebSocket client that sends exactly the bytes it is told, for what no decent client would send.
public final class RawSocket: Sendable {
    public struct Frame: Equatable, CustomStringConvertible {
        public var opcode: UInt8
        public var payload: [UInt8]
        public var isFinal: Bool

        public var text: String { String(decoding: payload, as: UTF8.self) }
        /// Of a close frame.
        public var code: UInt16? { payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : nil }
        public var description: String { "\(opcode):\(code.map(String.init) ?? "") \(text.prefix(100))" }

        public init(opcode: UInt8, payload: [UInt8], isFinal: Bool = true) {
            self.opcode = opcode
            self.payload = payload
            self.isFinal = isFinal
        }

        public static func text(_ text: String) -> Frame { Frame(opcode: 1, payload: Array(text.utf8)) }
        public static func pong(_ text: String) -> Frame { Frame(opcode: 10, payload: Array(text.utf8)) }
    }

    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
    }

    private let channel: any Channel
    private let state = Mutex(State())
    private let arrived = WakeSignal()

    private init(channel: any Channel) {
        self.channel = channel
    }

    /// Connects and sends the request for an upgrade.
    public static func open(
        _ port: Int?,
        path: String = "/socket",
        headers: String = "",
        key: String? = "dGhlIHNhbXBsZSBub25jZQ=="
    ) async throws -> RawSocket {
        let socket = try await connect(port)
        let keyLine = key.map { "Sec-WebSocket-Key: \($0)\r\n" } ?? ""
        await socket.send(
            Array(
                """
                GET \(path) HTTP/1.1\r
                Host: 127.0.0.1:\(port ?? 0)\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                \(keyLine)\(headers)\r

                """.utf8
            )
        )
        return socket
    }

    public static func connect(_ port: Int?) async throws -> RawSocket {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: false)
            .connect(host: "127.0.0.1", port: port ?? 0).get()
        let socket = RawSocket(channel: channel)
        try await channel.pipeline.addHandler(Collector(socket)).get()
        return socket
    }

    /// The head of the server's answer; what follows stays to be read.
    public func head(seconds: Double = 10) async -> String {
        let end = Array("\r\n\r\n".utf8)
        return await take(seconds) { bytes in
            guard let range = bytes.firstRange(of: end) else { return nil }
            defer { bytes.removeSubrange(..<range.upperBound) }
            return String(decoding: bytes[..<range.lowerBound], as: UTF8.self)
        } ?? "nothing"
    }

    /// The next frame; nil when none comes or the connection ends.
    public func frame(seconds: Double = 10) async -> Frame? {
        await take(seconds) { bytes in Self.frame(&bytes) }
    }

    /// The next frames up to and including a close frame, or until nothing more comes.
    public func frames(seconds: Double = 10) async -> [Frame] {
        var frames: [Frame] = []
        while let frame = await frame(seconds: seconds) {
            frames.append(frame)
            if frame.opcode == 8 { break }
        }
        return frames
    }

    /// The code of the close frame that comes next among others.
    public func closeCode(seconds: Double = 10) async -> UInt16? {
        await frames(seconds: seconds).last { $0.opcode == 8 }?.code
    }

    /// Whether the server ends the connection.
    public func ends(seconds: Double = 10) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            if state.withLock({ $0.isClosed }) { return true }
            await arrived.wait(timeout: .milliseconds(50))
        }
        return false
    }

    public func send(_ bytes: [UInt8]) async { try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    public func send(text: String) async { await send(frame: 0x81, Array(text.utf8)) }

    /// - Parameter first: FIN, reserved bits and opcode.
    public func send(frame first: UInt8, _ payload: [UInt8] = [], isMasked: Bool = true) async {
        await send(Self.bytes(first, payload, isMasked: isMasked))
    }

    public static func bytes(_ first: UInt8, _ payload: [UInt8] = [], isMasked: Bool = true) -> [UInt8] {
        let mask: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]
        let bit: UInt8 = isMasked ? 0x80 : 0
        var bytes = [first]
        switch payload.count {
        case ..<126: bytes.append(bit | UInt8(payload.count))
        case ..<65536: bytes += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        default: bytes += [bit | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
        }
        if isMasked { bytes += mask }
        bytes += isMasked ? payload.enumerated().map { $1 ^ mask[$0 % 4] } : payload
        return bytes
    }

    public static func closePayload(_ code: UInt16, _ reason: [UInt8] = []) -> [UInt8] { [UInt8(code >> 8), UInt8(code & 0xff)] + reason }

    /// Whether anything is taken from the socket at all.
    public func setReading(_ isReading: Bool) async throws { try await channel.setOption(.autoRead, value: isReading).get() }

    public func close() async { try? await channel.close().get() }

    private func take<Value>(_ seconds: Double, _ body: (inout [UInt8]) -> Value?) async -> Value? {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let (value, isClosed) = state.withLock { state in (body(&state.bytes), state.isClosed) }
            if let value { return value }
            guard !isClosed, ContinuousClock.now < deadline else { return nil }
            await arrived.wait(timeout: .milliseconds(50))
        }
    }

    private static func frame(_ bytes: inout [UInt8]) -> Frame? {
        guard bytes.count >= 2 else { return nil }
        var header = 2
        var length = Int(bytes[1] & 0x7f)
        if length == 126 {
            guard bytes.count >= 4 else { return nil }
            length = Int(bytes[2]) << 8 | Int(bytes[3])
            header = 4
        } else if length == 127 {
            guard bytes.count >= 10 else { return nil }
            length = bytes[2..<10].reduce(0) { $0 << 8 | Int($1) }
            header = 10
        }
        guard bytes.count >= header + length else { return nil }
        defer { bytes.removeSubrange(..<(header + length)) }
        return Frame(opcode: bytes[0] & 0x0f, payload: Array(bytes[header..<(header + length)]), isFinal: bytes[0] & 0x80 != 0)
    }

    fileprivate func receive(_ bytes: [UInt8]) {
        state.withLock { $0.bytes += bytes }
        arrived.signal()
    }

    fileprivate func end() {
        state.withLock { $0.isClosed = true }
        arrived.signal()
    }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let socket: RawSocket

        init(_ socket: RawSocket) { self.socket = socket }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { socket.receive(Array(buffer: unwrapInboundIn(data))) }
        func channelInactive(context: ChannelHandlerContext) { socket.end() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
