import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct ValueTests {
    /// Sends values and reads them back, alone, as NULL and in arrays, and lets the server compare with its own reading of the text form.
    private func roundTrip<Value: PostgresCodable & Equatable>(
        _ client: PostgresClient,
        _ type: String,
        _ make: (inout SplitMix64) -> Value
    ) async throws {
        var random = SplitMix64(seed: 5)
        for round in 0..<40 {
            let value = make(&random)
            let list = (0..<(round % 7)).map { _ in make(&random) }
            let optionals: [Value?] = list.map { Bool.random(using: &random) ? $0 : nil }
            let (one, none, all, some, isType) = try await client.run { segment in
                (
                    segment.append("select \(value)::\(unescaped: type)") { try $0.one { try $0.next(Value.self) } },
                    segment.append("select \(Value?.none)::\(unescaped: type)") { try $0.one { try $0.next(Value?.self) } },
                    segment.append("select \(list)::\(unescaped: type)[]") { try $0.one { try $0.next([Value].self) } },
                    segment.append("select \(optionals)::\(unescaped: type)[]") { try $0.one { try $0.next([Value?].self) } },
                    segment.append("select pg_typeof(\(value)) = \(type)::regtype and pg_typeof(\(list)) = (\(type) || '[]')::regtype") {
                        try $0.one { try $0.next(Bool.self) }
                    }
                )
            }
            #expect(one == value)
            #expect(none == nil)
            #expect(all == list)
            #expect(some == optionals)
            #expect(isType)
        }
    }

    @Test func `numbers and booleans make the round trip`() async throws {
        try await withClusterClient { client in
            try await roundTrip(client, "bool") { Bool.random(using: &$0) }
            try await roundTrip(client, "int2") { Int16.random(in: .min ... .max, using: &$0) }
            try await roundTrip(client, "int4") { Int32.random(in: .min ... .max, using: &$0) }
            try await roundTrip(client, "int8") { Int64.random(in: .min ... .max, using: &$0) }
            try await roundTrip(client, "int8") { Int.random(in: .min ... .max, using: &$0) }
            try await roundTrip(client, "float8") { Double(bitPattern: UInt64.random(in: 0...0x7fe0_0000_0000_0000, using: &$0)) }
            try await roundTrip(client, "xid8") { UInt64.random(in: 0 ... .max, using: &$0) }
        }
    }

    @Test func `text, bytes, ids, JSON and times make the round trip`() async throws {
        try await withClusterClient { client in
            let words = ["", "plain", "é", "مرحبا", "👩‍👩‍👧‍👦", "quote'\"\\", "\u{1}\n\t", "NULL", "{a,b}"]
            try await roundTrip(client, "text") { random in
                (0..<Int.random(in: 0...20, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
            }
            try await roundTrip(client, "bytea") { random in
                (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            try await roundTrip(client, "uuid") { _ in UUID() }
            try await roundTrip(client, "jsonb") { PostgresJSON("{\"a\": \(Int.random(in: 0...9, using: &$0))}") }
            try await roundTrip(client, "timestamptz") { random in
                PostgresTimestamp(
                    microsecondsSinceUnixEpoch: Int64.random(in: -60_000_000_000_000_000...9_000_000_000_000_000, using: &random)
                )
            }
            try await roundTrip(client, "date") { PostgresDate(daysSinceUnixEpoch: Int32.random(in: -700_000...2_000_000, using: &$0)) }
        }
    }

    @Test func `times mean what the server means`() async throws {
        try await withClusterClient { client in
            let time: PostgresTimestamp = try await client.value("select timestamptz '2026-11-20 22:02:18.217+00'")
            #expect(time.microsecondsSinceUnixEpoch == 1_795_212_138_217_000)
            try await client.expect("select \(time) = timestamptz '2026-11-20 22:02:18.217+00'", true)
            let date: PostgresDate = try await client.value("select date '1970-01-02'")
            #expect(date.daysSinceUnixEpoch == 1)
            await #expect(throws: PostgresError.self) {
                try await client.value("select timestamptz 'infinity'", as: PostgresTimestamp.self)
            }
        }
    }

    @Test func `related column types are read`() async throws {
        try await withClusterClient { client in
            try await client.expect("select 7::int2", 7)
            try await client.expect("select 7::int4", 7)
            try await client.expect("select 7::int8", 7 as Int32)
            try await client.expect("select 1.5::float4", 1.5 as Double)
            try await client.expect("select 'a'::varchar(3)", "a" as String)
            try await client.expect("select 'a'::char(3)", "a  " as String)
            try await client.expect("select 'a'::name", "a" as String)
            #expect(try await client.value("select '[1]'::json", as: PostgresJSON.self).string == "[1]")
            try await client.expect("select '[1]'::jsonb", "[1]" as String)
            try await client.expect("select '[1]'::jsonb", Array("[1]".utf8))
            try await client.expect("select 'pg_class'::regclass::oid", 1259 as UInt64)
            try await client.expect("select '{}'::int[]", [] as [Int])
            try await client.expect("select '{1,null}'::int2[]", [1, nil] as [Int?])
        }
    }

    struct Mistake: Sendable {
        let sql: String
        let column: String
        let read: @Sendable (inout PostgresRow) throws -> Void
        let parts: [String]
    }

    static let mistakes: [Mistake] = [
        Mistake(
            sql: "select 1 as a, 'x' as b",
            column: "b",
            read: { _ = try ($0.next(Int.self), $0.next(Int.self)) },
            parts: ["column index 1", "expected Int", "oid 25"]
        ),
        Mistake(sql: "select null::text as b", column: "b", read: { _ = try $0.next(String.self) }, parts: ["expected String", "NULL"]),
        Mistake(sql: "select 70000 as n", column: "n", read: { _ = try $0.next(Int16.self) }, parts: ["out of range", "int4"]),
        Mistake(sql: "select 1.5::numeric as n", column: "n", read: { _ = try $0.next(Double.self) }, parts: ["numeric", "oid 1700"]),
        Mistake(sql: "select 'x' as u", column: "u", read: { _ = try $0.next(UUID.self) }, parts: ["expected UUID", "text"]),
        Mistake(
            sql: "select '{{1,2},{3,4}}'::int[] as l",
            column: "l",
            read: { _ = try $0.next([Int].self) },
            parts: ["several dimensions"]
        ),
        Mistake(
            sql: "select '{1,null}'::int[] as l",
            column: "l",
            read: { _ = try $0.next([Int].self) },
            parts: ["expected Array<Int>", "NULL"]
        ),
        Mistake(sql: "select 1 as l", column: "l", read: { _ = try $0.next([Int].self) }, parts: ["Array<Int>", "int4"]),
    ]

    @Test(arguments: mistakes.indices)
    func `a decoding error names column, position and types`(index: Int) async throws {
        let mistake = Self.mistakes[index]
        try await withClusterClient(poolSize: 1) { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.run { segment in
                    segment.append("select 0")
                    return segment.append(Statement(unescaped: mistake.sql)) { try $0.one(mistake.read) }
                }
            }
            #expect(error?.kind == .decoding)
            #expect(error?.column == mistake.column)
            #expect(error?.statementIndex == 1)
            for part in mistake.parts { #expect(error?.description.contains(part) == true, "\(part) in \(String(describing: error))") }
        }
    }

    @Test func `reading past the last column and from too many rows is an error`() async throws {
        try await withClusterClient { client in
            let past = await #expect(throws: PostgresError.self) {
                try await client.run { $0.append("select 1") { try $0.one { _ = try ($0.next(Int.self), $0.next(Int.self)) } } }
            }
            #expect(past?.description.contains("fewer columns") == true)
            await #expect(throws: PostgresError.self) { try await client.value("select generate_series(1, 2)", as: Int.self) }
            let first = try await client.run { $0.append("select 1 where false") { try $0.first { try $0.next(Int.self) } } }
            #expect(first == nil)
        }
    }

    @Test func `bytes are read without a copy`() async throws {
        try await withClusterClient { client in
            let (count, text, null) = try await client.run { segment in
                segment.append("select 'abc', '{\"a\": 1}'::jsonb, null, 'skipped', 4") { rows in
                    try rows.one { row in
                        let count = try row.withNextBytes { $0?.count }
                        let text = try row.withNextText { $0.map { String(decoding: $0, as: UTF8.self) } }
                        let null = try row.withNextBytes { $0 == nil }
                        try row.skip()
                        #expect(try row.next(Int.self) == 4)
                        return (count, text, null)
                    }
                }
            }
            #expect(count == 3)
            #expect(text == "{\"a\": 1}")
            #expect(null)
        }
    }

    @Test func `affected rows are counted`() async throws {
        try await withDatabaseClient { client, _ in
            try await client.run { $0.append("create table t (id int)") }
            let (inserted, updated) = try await client.run { segment in
                (
                    segment.append("insert into t select generate_series(1, \(5))") { $0.affectedRows },
                    segment.append("update t set id = id where id > \(3)") { $0.affectedRows }
                )
            }
            #expect(inserted == 5)
            #expect(updated == 2)
        }
    }

    @Test func `a nested array is refused before anything is sent`() async throws {
        try await withClusterClient { client in
            let error = await #expect(throws: PostgresError.self) { try await client.run { $0.append("select \([[1], [2]])") } }
            #expect(error?.kind == .encoding)
            #expect(client.statistics.segments == 0)
        }
    }

    @Test func `a value with a NUL is refused by the server, not cut`() async throws {
        try await withClusterClient { client in
            let error = await #expect(throws: PostgresError.self) { try await client.run { $0.append("select \("a\0b")") } }
            #expect(error?.sqlState == "22021")
        }
    }

    @Test func `an interpolated identifier cannot break out of its quotes`() {
        let statement: Statement = "select \(identifier: "a\"; drop table t; --")"
        #expect(statement.sql == "select \"a\"\"; drop table t; --\"")
        #expect(statement.parameterCount == 0)
    }
}
