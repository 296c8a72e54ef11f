import Foundation
import TestSupport
import Testing

@testable import Postgres

@Suite struct NotificationTests {
    @Test func `notifications arrive, and after a reconnection the reader is told`() async throws {
        let channel = "bell \"\(UUID().uuidString)\""
        let proxy = try TestProxy(to: TestDatabase.clusterURL)
        defer { proxy.stop() }
        try await withClusterClient { sender in
            try await withPostgresClient(PostgresConfiguration(url: proxy.proxiedURL), logger: .silent) { client in
                var notifications = client.notifications(on: [channel, "other"]).makeAsyncIterator()
                #expect(try await notifications.next() == .reconnected)
                try await sender.run { $0.append("select pg_notify(\(channel), \("one é"))") }
                #expect(try await notifications.next() == .message(channel: channel, payload: "one é"))
                for _ in 0..<3 {
                    proxy.cut()
                    #expect(try await notifications.next() == .reconnected)
                    try await sender.run { $0.append("select pg_notify(\(channel), \("two"))") }
                    #expect(try await notifications.next() == .message(channel: channel, payload: "two"))
                }
            }
        }
    }

    @Test func `a slow reader is told to read again instead of filling the memory`() async throws {
        let channel = UUID().uuidString
        try await withClusterClient(configure: { $0.notificationBuffer = 8 }) { client in
            var notifications = client.notifications(on: [channel]).makeAsyncIterator()
            #expect(try await notifications.next() == .reconnected)
            try await client.run { $0.append("select pg_notify(\(channel), number::text) from generate_series(1, 100) number") }
            try await client.run { $0.append("select pg_notify(\(channel), \("last"))") }
            // All of it has come before the first of it is read.
            let listener = notifications.holder.listener
            while listener.newest != .message(channel: channel, payload: "last") { try await Task.sleep(for: .milliseconds(5)) }
            var received: [PostgresNotification] = []
            while received.last != .message(channel: channel, payload: "last"), let next = try await notifications.next() {
                received.append(next)
            }
            #expect(received.count <= 8)
            let gap = try #require(received.lastIndex(of: .reconnected))
            // What comes after the gap is without holes.
            let tail = received[(gap + 1)...].dropLast().compactMap { if case .message(_, let text) = $0 { Int(text) } else { nil } }
            #expect(tail == Array(1...100).suffix(tail.count))
        }
    }

    @Test func `a cancelled reader ends and its connection closes`() async throws {
        let name = "listen \(UUID().uuidString)"
        try await withClusterClient(configure: { $0.applicationName = name }) { client in
            let task = Task {
                var count = 0
                for try await _ in client.notifications(on: ["nothing"]) { count += 1 }
                return count
            }
            try await client.wait(until: "select count(*) = 2 from pg_stat_activity where application_name = \(name)")
            task.cancel()
            #expect(try await task.value <= 1)
            try await client.wait(until: "select count(*) = 1 from pg_stat_activity where application_name = \(name)")
        }
    }
}
