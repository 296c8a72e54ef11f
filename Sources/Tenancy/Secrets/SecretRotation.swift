import Core
import Foundation
import Postgres

/// Seals with the current key-encryption key whatever earlier ones sealed. It may be stopped, repeated and run while nodes work: a value is replaced only if
/// it is still the one that was read, and nodes that know both keys open both.
public struct SecretRotation: Sendable {
    /// What became of one column.
    public struct Outcome: Sendable, Equatable {
        public let table: String
        public let column: String
        /// Sealed again.
        public var sealed = 0
        /// Not opened by any key, and left as they are.
        public var refused = 0
    }

    private let database: PlatformDatabase
    private let box: SecretBox
    private let alarm: SecretAlarm

    /// - Parameter box: with the new key, and the earlier ones as previous.
    public init(database: PlatformDatabase, box: SecretBox, alarm: SecretAlarm) {
        self.database = database
        self.box = box
        self.alarm = alarm
    }

    /// - Parameter batch: values of one transaction, which must stay short.
    public func run(_ columns: [SealedColumn] = SealedColumn.all, batch: Int = 100, by actor: Actor) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for column in columns { outcomes.append(try await rotate(column, batch: batch, by: actor)) }
        return outcomes
    }

    private func rotate(_ column: SealedColumn, batch: Int, by actor: Actor) async throws -> Outcome {
        var outcome = Outcome(table: column.table, column: column.column)
        while true {
            let sealed = try await pass(column, batch: batch, &outcome, by: actor)
            // Until a pass finds nothing: a node that knew only the old key may have written meanwhile.
            if sealed == 0 { return outcome }
        }
    }

    /// One way through all ids; how many were sealed again.
    private func pass(_ column: SealedColumn, batch: Int, _ outcome: inout Outcome, by actor: Actor) async throws -> Int {
        var (last, sealed, refused): (UUID?, Int, Int) = (nil, 0, 0)
        while true {
            try Task.checkCancellation()
            let after = last
            let page = try await database.platform { tx in
                SealedColumnRepository(tx, column).page(notBeginningWith: box.header, after: after, limit: batch)
            }
            guard let end = page.last else { break }
            last = end.id
            var values: [(id: UUID, old: [UInt8], new: [UInt8])] = []
            for (id, old) in page {
                do {
                    let place = column.place(id)
                    values.append((id, old, try box.seal(try box.open(old, at: place), at: place)))
                } catch let failure as SecretBox.Failure {
                    refused += 1
                    let merchant = column.isMerchants ? MerchantID(id) : nil
                    alarm.raise(failure, table: column.table, column: column.column, row: id, of: merchant)
                }
            }
            guard !values.isEmpty else { continue }
            let entry = AuditEntry(
                action: .secretsRotated,
                by: actor,
                details: ["table": .text(column.table), "column": .text(column.column)],
                count: values.count
            )
            let prepared = values
            sealed += try await database.platform { tx in
                tx.audit(entry)
                return SealedColumnRepository(tx, column).replace(prepared)
            }
        }
        outcome.sealed += sealed
        outcome.refused = refused
        return sealed
    }
}
