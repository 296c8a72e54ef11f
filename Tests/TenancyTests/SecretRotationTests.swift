import Core
import Crypto
import Foundation
import InMemoryLogging
import Logging
import MetricsTestKit
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@testable import Tenancy

/// A10: the key-encryption key is replaced while everything works, and what does not open is alarmed.
@Suite struct SecretRotationTests {
    private static let old = SymmetricKey(size: .bits256)
    private static let new = SymmetricKey(size: .bits256)

    private static func alarm(_ tenancy: TestTenancy, _ log: InMemoryLogHandler = .init(), _ metrics: TestMetrics = .init()) -> (
        SecretAlarm, AuditTrail
    ) {
        let logger = Logger(label: "test", factory: { _ in log })
        let trail = AuditTrail(database: tenancy.platform, logger: logger, metrics: metrics)
        return (SecretAlarm(trail: trail, logger: logger, metrics: metrics), trail)
    }

    private static func merchants(_ tenancy: TestTenancy, _ box: SecretBox, _ count: Int) async throws -> [MerchantID] {
        let service = MerchantService(database: tenancy.platform, secretBox: box)
        var made: [MerchantID] = []
        for number in 0..<count {
            let input = MerchantIn(name: "M\(number)", timeZone: "Asia/Riyadh", locale: "ar", currency: "SAR")
            made.append(try await service.create(input, by: TestTenancy.actor).id)
        }
        return made
    }

    private static func app(_ tenancy: TestTenancy, _ box: SecretBox, _ secret: String) async throws -> UUID {
        let id = UUID.v7()
        let sealed = try box.seal(Data(secret.utf8), at: .init(table: "meta_apps", column: "secret_sealed", row: id))
        try await tenancy.platformClient.run { segment in
            segment.append(
                "insert into platform.meta_apps (id, app_id, secret_sealed) values (\(id), \(String(Int.random(in: 1...999_999_999))), \(sealed))"
            )
        }
        return id
    }

    @Test("A10: a rotation seals every data key and every secret of the installation anew, in batches, and finds nothing the second time")
    func everything() async throws {
        try await withTenancy { tenancy in
            let before = SecretBox(key: Self.old)
            let made = try await Self.merchants(tenancy, before, 25)
            let secrets = MerchantSecrets(database: tenancy.tenant, keyEncryptionBox: before)
            let row = UUID.v7()
            let sealed = try await secrets.seal("token", of: made[3], table: "channels", column: "c", row: row)
            let app = try await Self.app(tenancy, before, "app secret")
            let (alarm, _) = Self.alarm(tenancy)
            let rotation = SecretRotation(database: tenancy.platform, box: SecretBox(key: Self.new, previous: [Self.old]), alarm: alarm)
            let outcomes = try await rotation.run(batch: 10, by: .system("test"))
            #expect(
                outcomes.filter { $0.sealed + $0.refused > 0 } == [
                    .init(table: "merchant_data_keys", column: "wrapped_key", sealed: 25),
                    .init(table: "meta_apps", column: "secret_sealed", sealed: 1),
                ]
            )
            #expect(try await rotation.run(by: .system("test")).allSatisfy { $0.sealed == 0 && $0.refused == 0 })
            // The new key alone opens all of it; what the data keys sealed is as it was.
            let after = SecretBox(key: Self.new)
            let opened = MerchantSecrets(database: tenancy.tenant, keyEncryptionBox: after)
            let token = try await opened.open(sealed, of: made[3], table: "channels", column: "c", row: row)
            #expect(token.reveal() == "token")
            let stored = try await tenancy.sql("select encode(secret_sealed, 'hex') from platform.meta_apps where id = '\(app.lowercased)'")
            let bytes = try #require([UInt8](hexadecimal: stored[0]))
            #expect(try after.open(bytes, at: .init(table: "meta_apps", column: "secret_sealed", row: app)) == Array("app secret".utf8))
            // The old key alone opens none of it.
            let late = MerchantSecrets(database: tenancy.tenant, keyEncryptionBox: before)
            await #expect(throws: SecretBox.Failure.unknownKey) {
                try await late.open(sealed, of: made[3], table: "channels", column: "c", row: row)
            }
            let entries = try await tenancy.audit.platformPage(AuditFilter(action: .secretsRotated), limit: 100).entries
            #expect(entries.map(\.count).reduce(0, +) == 26 && entries.count == 4)
        }
    }

    @Test("A10: every sealed column of schema platform is in the list that is rotated")
    func completeList() async throws {
        try await withTenancy { tenancy in
            let columns = try await tenancy.sql(
                """
                select c.relname || '.' || a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
                where c.relnamespace = 'platform'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.atttypid = 'bytea'::regtype
                    and a.attnum > 0 and a.attname ~ '(sealed|wrapped)' order by 1
                """
            )
            #expect(SealedColumn.all.map { "\($0.table).\($0.column)" }.sorted() == columns)
            // And the role that rotates may change each of them, but not by the way its neighbours.
            for column in SealedColumn.all {
                let allowed = try await tenancy.sql(
                    "select has_column_privilege('maitre_platform', 'platform.\(column.table)', '\(column.column)', 'update')::text"
                )
                #expect(allowed == ["true"])
            }
        }
    }

    @Test("A10: restaurants that nodes make meanwhile, with either key, all open with the new one when it is done")
    func whileNodesRun() async throws {
        try await withTenancy { tenancy in
            _ = try await Self.merchants(tenancy, SecretBox(key: Self.old), 30)
            // Nodes before and after the second step of the manual: both know both keys.
            let nodes = [SecretBox(key: Self.old, previous: [Self.new]), SecretBox(key: Self.new, previous: [Self.old])]
            let (alarm, _) = Self.alarm(tenancy)
            let rotation = SecretRotation(database: tenancy.platform, box: nodes[1], alarm: alarm)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for node in nodes { group.addTask { _ = try await Self.merchants(tenancy, node, 20) } }
                group.addTask { _ = try await rotation.run(batch: 3, by: .system("test")) }
                try await group.waitForAll()
            }
            _ = try await rotation.run(batch: 3, by: .system("test"))
            let sealed = try await tenancy.sql("select merchant_id || ' ' || encode(wrapped_key, 'hex') from platform.merchant_data_keys")
            #expect(sealed.count == 70)
            let after = SecretBox(key: Self.new)
            for row in sealed {
                let parts = row.split(separator: " ")
                let merchant = try #require(MerchantID(parts[0]))
                _ = try after.dataBox(for: merchant, wrappedKey: try #require([UInt8](hexadecimal: parts[1])))
            }
        }
    }

    @Test(
        "A10: swapped between rows, columns and merchants, or flipped, a secret is refused: a log line, a metric and an audit entry, without its content"
    )
    func alarmed() async throws {
        try await withTenancy { tenancy in
            let (log, metrics) = (InMemoryLogHandler(), TestMetrics())
            let (alarm, trail) = Self.alarm(tenancy, log, metrics)
            let box = SecretBox(key: Self.old)
            let made = try await Self.merchants(tenancy, box, 2)
            let secrets = MerchantSecrets(database: tenancy.tenant, keyEncryptionBox: box, alarm: alarm)
            let rows = [UUID.v7(), UUID.v7()]
            let sealed = try await secrets.seal("EAAtopsecret", of: made[0], table: "channels", column: "access", row: rows[0])
            var flipped = sealed
            flipped[sealed.count - 1] ^= 1
            let attempts: [(bytes: [UInt8], merchant: MerchantID, column: String, row: UUID)] = [
                (sealed, made[0], "access", rows[1]), (sealed, made[0], "verify", rows[0]), (sealed, made[1], "access", rows[0]),
                (flipped, made[0], "access", rows[0]), ([], made[0], "access", rows[0]),
            ]
            for attempt in attempts {
                await #expect(throws: SecretBox.Failure.self) {
                    try await secrets.open(
                        attempt.bytes,
                        of: attempt.merchant,
                        table: "channels",
                        column: attempt.column,
                        row: attempt.row
                    )
                }
            }
            // Data keys that change places.
            _ = try await tenancy.sql(
                """
                update platform.merchant_data_keys k set wrapped_key = o.wrapped_key from platform.merchant_data_keys o
                where o.merchant_id <> k.merchant_id returning ''
                """
            )
            let restarted = MerchantSecrets(database: tenancy.tenant, keyEncryptionBox: box, alarm: alarm)
            await #expect(throws: SecretBox.Failure.self) {
                try await restarted.open(sealed, of: made[0], table: "channels", column: "access", row: rows[0])
            }
            await trail.drain()
            let lines = log.entries.filter { $0.message == "A stored secret was refused" }
            #expect(lines.count == 6 && lines.allSatisfy { $0.level == .error })
            #expect(!lines.contains { "\($0)".contains("topsecret") })
            #expect(lines.first?.metadata["merchantId"] == "\(made[0])" && lines.first?.metadata["row"] == "\(rows[1].lowercased)")
            let counted = metrics.counters.filter { $0.label == "maitre_secrets_refused_total" }
            #expect(!counted.isEmpty)
            let own = try await tenancy.audit.page(of: made[0], AuditFilter(action: .secretRefused), limit: 100).entries
            let others = try await tenancy.audit.page(of: made[1], AuditFilter(action: .secretRefused), limit: 100).entries
            // Twice the same place is one entry and one that counts.
            #expect(own.map(\.count).reduce(0, +) == 5 && others.count == 1)
            #expect(own.allSatisfy { $0.outcome == .refused && $0.subject != nil })
        }
    }

    @Test("A10: a rotation leaves what no key opens as it is, says so, and goes on with the rest")
    func refused() async throws {
        try await withTenancy { tenancy in
            let made = try await Self.merchants(tenancy, SecretBox(key: Self.old), 5)
            _ = try await tenancy.sql(
                "update platform.merchant_data_keys set wrapped_key = set_byte(wrapped_key, 20, get_byte(wrapped_key, 20) # 1) where merchant_id = '\(made[2])' returning ''"
            )
            let (alarm, trail) = Self.alarm(tenancy)
            let rotation = SecretRotation(database: tenancy.platform, box: SecretBox(key: Self.new, previous: [Self.old]), alarm: alarm)
            let outcomes = try await rotation.run(batch: 2, by: .system("test"))
            #expect(outcomes[0] == .init(table: "merchant_data_keys", column: "wrapped_key", sealed: 4, refused: 1))
            await trail.drain()
            let entries = try await tenancy.audit.platformPage(AuditFilter(action: .secretRefused), limit: 10).entries
            #expect(entries.first?.subject?.id?.uuid == made[2].uuid && entries.first?.merchant == made[2])
        }
    }
}
