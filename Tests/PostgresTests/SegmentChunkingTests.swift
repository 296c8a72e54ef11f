import Postgres
import TestSupport
import Testing

@Suite struct SegmentChunkingTests {
    /// Random segments of several tasks over few connections whose bytes come in random pieces: every result must reach the statement and
    /// the caller it belongs to.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `random segments keep their results apart however the bytes are cut`(seed: UInt64) async throws {
        try await withTestDatabase { database in
            var behaviour = TestProxy.Behaviour(maxChunk: 7)
            behaviour.maxChunk = seed == 3 ? 200 : 7
            let proxy = try TestProxy(to: database.url, behaviour: behaviour, seed: seed)
            defer { proxy.stop() }
            try await withPostgresClient(PostgresConfiguration(url: proxy.proxiedURL, poolSize: 3), logger: .silent) { client in
                try await client.run { $0.append("create table t (id int primary key)") }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<6 {
                        group.addTask {
                            var random = SplitMix64(seed: seed &* 1000 &+ UInt64(task))
                            for _ in 0..<40 { try await Self.runRandomSegment(client, &random) }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(client.statistics.lostConnections == 0)
            }
        }
    }

    private static func runRandomSegment(_ client: PostgresClient, _ random: inout SplitMix64) async throws {
        let length = Int.random(in: 1...6, using: &random)
        let failing = Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 0..<length, using: &random) : nil
        let numbers = (0..<length).map { _ in Int.random(in: 0...1_000_000, using: &random) }
        let sizes = (0..<length).map { _ in Int.random(in: 0...3000, using: &random) }
        do {
            let values = try await client.run { segment in
                var all = Pending<[Int]>([])
                for index in 0..<length {
                    if index == failing {
                        segment.append("select \(numbers[index]) / \(0)")
                        continue
                    }
                    let statement: Statement =
                        numbers[index].isMultiple(of: 2)
                        ? "select \(numbers[index]), \(String(repeating: "é", count: sizes[index]))"
                        : "select n, repeat('é', \(Int32(sizes[index]))) from (values (\(numbers[index]))) v (n)"
                    let value = segment.append(statement) { rows in
                        try rows.one { row in
                            let number = try row.next(Int.self)
                            #expect(try row.next(String.self).count == sizes[index])
                            return number
                        }
                    }
                    all = all.zip(value).map { $0.0 + [$0.1] }
                }
                return all
            }
            #expect(failing == nil)
            #expect(values == numbers)
        } catch let error as PostgresError {
            #expect(failing != nil)
            #expect(error.statementIndex == failing)
            #expect(error.sqlState == "22012")
        }
    }

    @Test func `a segment larger than every buffer does not get stuck`() async throws {
        try await withClusterClient(poolSize: 1) { client in
            let text = String(repeating: "x", count: 300_000)
            let lengths = try await client.run { segment in
                var all = Pending<[Int]>([])
                for _ in 0..<40 {
                    all = all.zip(segment.append("select \(text)") { try $0.one { try $0.next(String.self).utf8.count } }).map {
                        $0.0 + [$0.1]
                    }
                }
                return all
            }
            #expect(lengths == Array(repeating: 300_000, count: 40))
        }
    }
}
