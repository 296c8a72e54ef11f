import Core
import Hummingbird
import Messaging
import Tenancy

/// `/conversations`: threads, and who answers in them.
public struct ConversationRoutes: Sendable {
    private let service: ConversationService
    private let cursors: CursorSigner

    public init(_ service: ConversationService, cursors: CursorSigner) {
        self.service = service
        self.cursors = cursors
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        let conversations = base.group("conversations", context: MerchantContext.self)
        conversations.get("", .scope(Scope.conversationsRead), use: list)
        conversations.get("/{conversationId}", .scope(Scope.conversationsRead), use: find)
        conversations.patch("/{conversationId}", .scope(Scope.conversationsWrite), use: update)
        conversations.post("/{conversationId}/read", .scope(Scope.conversationsWrite), use: markRead)
    }

    private func list(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let query = try QueryReader(request)
        let filter = ConversationFilter(
            mode: query.oneOf("mode"),
            channel: query.id("channel"),
            assignee: query.id("assignee"),
            unreadOnly: query.bool("unread") ?? false,
            text: query.string("q", 1...100)
        )
        let limit = query.limit()
        let cursor = query.cursor()
        try query.finish()
        let scope = Self.scope(of: filter, context.merchant)
        let after = try cursor.map { try position(in: $0, for: scope) }
        let (conversations, next) = try await service.page(of: context.merchant, filter, after: after, limit: limit)
        let time = Timestamp.now
        return .page(conversations, nextCursor: next.map { self.cursor(at: $0, for: scope) }) { $1.write(to: &$0, at: time) }
    }

    private func find(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        return try await service.find(context.id("conversationId"), of: context.merchant).response
    }

    private func update(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        let id: ConversationID = try context.id("conversationId")
        let mode = try await request.json(context).decode { $0.required("mode", .oneOf(Conversation.Mode.self)) }
        return try await service.setMode(mode, of: id, of: context.merchant, by: context.actor).response
    }

    private func markRead(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        let id: ConversationID = try context.id("conversationId")
        // Nothing has to be said, so a request without a body says it.
        let body = try await request.bytes(context)
        let typing = body.isEmpty ? false : try JSONBody(parsing: body).decode { $0.change("typing", .bool) ?? false }
        return try await service.markRead(id, typing: typing, of: context.merchant).response
    }
}

extension ConversationRoutes {
    private static func scope(of filter: ConversationFilter, _ merchant: MerchantID) -> CursorScope {
        CursorScope(
            list: "listConversations",
            merchant: merchant,
            filters: [
                ("mode", filter.mode?.rawValue),
                ("channel", filter.channel?.description),
                ("assignee", filter.assignee?.description),
                ("unread", filter.unreadOnly ? "true" : nil),
                ("q", filter.text),
            ]
        )
    }

    private func cursor(at position: ConversationPosition, for scope: CursorScope) -> String {
        var packed = CursorPosition()
        packed.append(position.lastMessageAt)
        packed.append(position.id)
        return cursors.sign(packed, for: scope)
    }

    private func position(in cursor: String, for scope: CursorScope) throws -> ConversationPosition {
        var packed = try cursors.open(cursor, for: scope)
        return try ConversationPosition(lastMessageAt: packed.nextTimestamp(), id: packed.nextID())
    }
}
