import Core
import Foundation
import Testing

@testable import Usage

@Suite("Identifiers that PostgreSQL makes")
struct IdentifierTests {
    @Test("app.uuid_v7 makes UUIDs of version 7, of this moment, never one below the one before in a transaction")
    func version7() async throws {
        try await UsageFixture.run { fixture in
            let wrong = try await fixture.column(
                """
                select id::text from (
                    select id, t0, t1, lag(id) over (order by n) before from (
                        select n, clock_timestamp() t0, app.uuid_v7() id, clock_timestamp() t1 from generate_series(1, 5000) n) made) seen
                where id::text !~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
                    or ('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint
                        not between floor(extract(epoch from t0) * 1000) and floor(extract(epoch from t1) * 1000)
                    or left(id::text, 18) < left(before::text, 18)
                """
            )
            #expect(wrong == [])
            #expect(try await fixture.column("select count(distinct app.uuid_v7())::text from generate_series(1, 20000)") == ["20000"])
        }
    }
}
