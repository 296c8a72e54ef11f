import Core
import HTTPTypes

extension QueryReader {
    /// `cursor`: the `nextCursor` of the page before.
    func cursor() -> String? { string("cursor", 1...512) }
}

extension CursorSigner {
    /// Signs a position that is one id, for lists in the order of ids.
    func sign<Tag>(_ id: Identifier<Tag>, for scope: CursorScope) -> String {
        var position = CursorPosition()
        position.append(id)
        return sign(position, for: scope)
    }

    /// The id in a cursor of such a list.
    ///
    /// - Throws: `Problem` 400 `invalid_cursor`.
    func id<Tag>(in cursor: String, for scope: CursorScope, _ type: Identifier<Tag>.Type = Identifier<Tag>.self) throws -> Identifier<Tag> {
        var position = try open(cursor, for: scope)
        return try position.nextID()
    }
}

extension JSONResponse {
    /// 200 with a page whose end the service knows.
    static func page<Row>(
        _ rows: [Row],
        nextCursor: String?,
        hasMore: Bool? = nil,
        _ element: (inout JSONWriter, Row) throws -> Void
    ) rethrows -> JSONResponse {
        var writer = JSONWriter(reserving: 64 + rows.count * 512)
        try writer.page(rows, nextCursor: nextCursor, hasMore: hasMore, element)
        return JSONResponse(.ok, writer)
    }
}
