import Core
import Foundation
import Postgres

/// The values of one sealed column. Names come from `SealedColumn.all`, which is code.
struct SealedColumnRepository {
    private let tx: PlatformTransaction
    private let column: SealedColumn

    init(_ tx: PlatformTransaction, _ column: SealedColumn) {
        self.tx = tx
        self.column = column
    }

    /// Values that do not begin with `header`, in the order of their ids from just after `last`.
    func page(notBeginningWith header: [UInt8], after last: UUID?, limit: Int) -> Pending<[(id: UUID, sealed: [UInt8])]> {
        tx.append(
            """
            select \(identifier: column.id), \(identifier: column.column) from platform.\(identifier: column.table)
            where \(identifier: column.id) > coalesce(\(last), '00000000-0000-0000-0000-000000000000') and \(identifier: column.column) is not null
                and substring(\(identifier: column.column) from 1 for \(Int32(header.count))) <> \(header)
            order by \(identifier: column.id) limit \(limit)
            """
        ) { rows in try rows.map { row in (id: try row.next(UUID.self), sealed: try row.next([UInt8].self)) } }
    }

    /// Puts new values in place of those that are still as they were read; how many these were.
    func replace(_ values: [(id: UUID, old: [UInt8], new: [UInt8])]) -> Pending<Int> {
        tx.append(
            """
            update platform.\(identifier: column.table) t set \(identifier: column.column) = n.new
            from unnest(\(values.map(\.id)), \(values.map(\.old)), \(values.map(\.new))) n(id, old, new)
            where t.\(identifier: column.id) = n.id and t.\(identifier: column.column) = n.old
            """
        ) { rows in rows.affectedRows }
    }
}
