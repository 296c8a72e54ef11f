import Core

extension JSONWriter {
    /// A page of a list: `{"data":[…],"nextCursor":…,"hasMore":…}`.
    ///
    /// - Parameters:
    ///   - rows: at most `limit + 1`; the one too many only says that there are more.
    ///   - cursor: the cursor that goes on after a row.
    ///   - element: writes one row.
    public mutating func page<Row>(
        _ rows: some Collection<Row>,
        limit: Int,
        cursor: (Row) -> String,
        _ element: (inout JSONWriter, Row) throws -> Void
    ) rethrows {
        let hasMore = rows.count > limit
        let shown = Array(rows.prefix(limit))
        try page(shown, nextCursor: hasMore ? shown.last.map(cursor) : nil, hasMore: hasMore, element)
    }

    /// A page whose end is known already.
    ///
    /// - Parameter hasMore: whether there is a next page; by default when there is a cursor for it.
    public mutating func page<Row>(
        _ rows: some Collection<Row>,
        nextCursor: String?,
        hasMore: Bool? = nil,
        _ element: (inout JSONWriter, Row) throws -> Void
    ) rethrows {
        try object { writer in
            try writer.member(
                "data",
                array: { writer in
                    for row in rows { try element(&writer, row) }
                }
            )
            writer.member("nextCursor", nullable: nextCursor)
            writer.member("hasMore", hasMore ?? (nextCursor != nil))
        }
    }
}
