import API
import Foundation
import HummingbirdTesting
import Testing

/// Row R5 of the list of attacks, on real sockets: many connections at once.
@Suite("Many connections", .serialized)
struct ConnectionCapTests {
    private static let health = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let answered = "\"status\":\"ok\""

    /// Opens `count` connections, some at a time: the kernel's queue of those not accepted yet is short.
    private func open(_ count: Int, _ port: Int?, from address: @Sendable @escaping (Int) -> String) async throws -> [RawConnection] {
        var connections: [RawConnection] = []
        for start in stride(from: 0, to: count, by: 100) {
            connections += try await withThrowingTaskGroup(of: RawConnection.self) { group in
                for index in start..<min(start + 100, count) { group.addTask { try await .open(port, from: address(index)) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        return connections
    }

    private func close(_ connections: [RawConnection]) async {
        await withTaskGroup(of: Void.self) { group in
            for connection in connections { group.addTask { await connection.close() } }
        }
    }

    /// Milliseconds of requests for health, each on a connection of its own.
    private func serve(_ count: Int, _ port: Int?, from address: String) async throws -> [Double] {
        var times: [Double] = []
        for _ in 0..<count {
            let start = ContinuousClock.now
            let connection = try await RawConnection.open(port, from: address)
            await connection.send(Self.health)
            let answer = try #require(await connection.read(until: Self.answered), "another address was not served")
            times.append((ContinuousClock.now - start) / Duration.milliseconds(1))
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            await connection.close()
        }
        return times.sorted()
    }

    @Test("R5: an address that opens a thousand connections has its share of them; another is served in less than 100 ms meanwhile")
    func oneAddress() async throws {
        let addresses = AddressConnections(limit: 256)
        try await TestAPI().application(addresses: addresses).test(.live) { client in
            let port = client.port
            let (greedy, times) = try await withThrowingTaskGroup(of: [RawConnection].self) { group in
                group.addTask { try await open(1000, port) { _ in "127.0.0.3" } }
                let times = try await serve(50, port, from: "127.0.0.2")
                return (try await group.next() ?? [], times)
            }
            let after = try await serve(50, port, from: "127.0.0.2")
            #expect(times[25] < 100 && after[25] < 100, "\(times[25]) ms, then \(after[25]) ms")
            let answers = await withTaskGroup(of: String?.self) { group in
                for connection in greedy { group.addTask { await connection.readToEnd(seconds: 2) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            // The others said nothing, so their connection is as they left it.
            let refused = answers.compactMap { $0 }
            #expect(refused.count == 744)
            #expect(refused.allSatisfy { $0.hasPrefix("HTTP/1.1 429 Too Many Requests\r\n") })
            let refusal = try #require(refused.first)
            #expect(refusal.contains("\"code\":\"rate_limited\"") && refusal.lowercased().contains("\r\nconnection: close\r\n"))
            #expect(
                refusal.lowercased().contains("\r\ncontent-type: application/problem+json\r\n")
                    && refusal.contains("\r\nRetry-After: 1\r\n")
            )
            // Those that were let in are worth something.
            let kept = greedy[0..<256]
            let served = await withTaskGroup(of: Bool.self) { group in
                for connection in greedy {
                    group.addTask {
                        await connection.send(Self.health)
                        return await connection.read(until: Self.answered, seconds: 2) != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(served == kept.count)
            await close(greedy)
            #expect(try await serve(1, port, from: "127.0.0.3").count == 1)
        }
    }

    @Test("R5: whatever way a connection ends, its address may have another", arguments: Ending.allCases)
    func endings(_ ending: Ending) async throws {
        let addresses = AddressConnections(limit: 1)
        try await TestAPI().application(.quick, addresses: addresses).test(.live) { client in
            for _ in 0..<3 {
                let connection = try await admitted(client.port)
                // While it is there nobody else is let in, and who was refused takes nothing away.
                for _ in 0..<3 {
                    let refused = try await RawConnection.open(client.port, from: "127.0.0.4")
                    #expect(await refused.readToEnd()?.hasPrefix("HTTP/1.1 429 ") == true)
                }
                await end(connection, ending)
            }
            await (try await admitted(client.port)).close()
        }
    }

    /// How a connection may come to its end.
    enum Ending: CaseIterable, Sendable {
        case byTheClient, halfClosed, reset, idle, refused, unread, answered
    }

    private func end(_ connection: RawConnection, _ ending: Ending) async {
        switch ending {
        case .byTheClient: await connection.close()
        case .halfClosed: await connection.closeOutput()
        case .reset: await connection.reset()
        case .idle: _ = await connection.readToEnd()
        case .refused:
            await connection.send("GARBAGE\r\n\r\n")
            _ = await connection.readToEnd()
        case .unread:
            // The answer comes before the body, and the rest of it never does.
            await connection.send(
                "POST /open/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 300000\r\n\r\n{"
            )
            _ = await connection.readToEnd()
        case .answered:
            await connection.send("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            _ = await connection.readToEnd()
        }
    }

    /// A connection that was let in; the one before it may take a moment to end.
    private func admitted(_ port: Int?) async throws -> RawConnection {
        for _ in 0..<500 {
            let connection = try await RawConnection.open(port, from: "127.0.0.4")
            await connection.send(Self.health)
            if await connection.read(until: Self.answered, seconds: 1) != nil { return connection }
            await connection.close()
            try await Task.sleep(for: .milliseconds(10))
        }
        throw StillFull()
    }

    struct StillFull: Error {}

    @Test("R5: with thousands of idle connections health answers in less than 100 ms; at the cap of all who comes waits for one to end")
    func idle() async throws {
        // Both ends of each are in this process.
        let count = min(10_000, (raisedFileLimit() - 3000) / 2)
        try #require(count >= 1000, "too few open files are allowed for this test")
        var limits = ConnectionLimits()
        limits.idle = .seconds(300)
        let addresses = AddressConnections(limit: 256)
        try await TestAPI().serving(connections: count + 50, limits, addresses: addresses) { port in
            let idle = try await open(count, port) { "127.0.1.\($0 / 250 + 1)" }
            let times = try await serve(50, port, from: "127.0.0.1")
            #expect(times[25] < 100, "\(times[25]) ms with \(count) connections")
            // The server takes several at once, so it may go over by a few. The rest lies in the kernel until somebody goes.
            let more = try await open(100, port) { _ in "127.0.0.2" }
            let waiting = try await RawConnection.open(port, from: "127.0.0.1")
            await waiting.send(Self.health)
            #expect(await waiting.read(until: Self.answered, seconds: 1) == nil)
            await close(Array(idle[0..<100]))
            #expect(await waiting.read(until: Self.answered) != nil)
            await close(idle + more + [waiting])
        }
    }

    /// Open files that this process may have, as many as it is allowed.
    private func raisedFileLimit() -> Int {
        #if os(Linux)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 0 }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(resource, &limit)
        _ = getrlimit(resource, &limit)
        return Int(clamping: limit.rlim_cur)
    }
}
