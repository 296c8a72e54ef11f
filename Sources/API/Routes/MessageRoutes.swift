import Core
import Hummingbird
import Messaging
import Tenancy

/// `/conversations/{conversationId}/messages`: what was said, and saying something.
public struct MessageRoutes: Sendable {
    private let service: MessageService
    private let cursors: CursorSigner

    public init(_ service: MessageService, cursors: CursorSigner) {
        self.service = service
        self.cursors = cursors
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        let messages = base.group("conversations/{conversationId}/messages", context: MerchantContext.self)
        messages.get("", .scope(Scope.messagesRead), use: list)
        messages.post("", .scope(Scope.messagesSend), use: send)
        messages.get("/{messageId}", .scope(Scope.messagesRead), use: find)
        messages.post("/{messageId}/resend", .scope(Scope.messagesSend), use: resend)
    }

    private func list(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let conversation: ConversationID = try context.id("conversationId")
        let query = try QueryReader(request)
        let since = query.int("since", 0...Int64.max)
        let limit = query.limit()
        let cursor = query.cursor()
        try query.finish()
        if let since {
            guard cursor == nil else {
                throw DomainError.invalid([.init(pointer: "?since", code: "not_allowed", message: "Send either since or cursor.")])
            }
            let (messages, hasMore) = try await service.page(of: conversation, of: context.merchant, since: since, limit: limit)
            return .page(messages, nextCursor: nil, hasMore: hasMore) { MessageJSON.write($1, to: &$0) }
        }
        let scope = CursorScope(list: "listMessages", merchant: context.merchant, filters: [("conversation", conversation.description)])
        let before = try cursor.map { cursor in
            var position = try cursors.open(cursor, for: scope)
            return try position.nextInt()
        }
        let (messages, next) = try await service.page(of: conversation, of: context.merchant, before: before, limit: limit)
        let nextCursor = next.map { sequence in
            var position = CursorPosition()
            position.append(sequence)
            return cursors.sign(position, for: scope)
        }
        return .page(messages, nextCursor: nextCursor) { MessageJSON.write($1, to: &$0) }
    }

    private func find(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let message = try await service.find(context.id("messageId"), in: context.id("conversationId"), of: context.merchant)
        var writer = JSONWriter(reserving: 768)
        MessageJSON.write(message, to: &writer)
        return JSONResponse(.ok, writer)
    }

    private func send(_ request: Request, _ context: MerchantContext) async throws -> Response {
        let conversation: ConversationID = try context.id("conversationId")
        let body = try await request.bytes(context)
        let key = try IdempotencyKey.required(request)
        let (content, replyTo) = try Self.message(JSONBody(parsing: body).document.root)
        let path = Self.path(of: conversation)
        let answer = try await service.send(
            content,
            replyTo: replyTo,
            to: conversation,
            of: context.merchant,
            by: context.principal.person,
            request: IdempotentRequest(operation: "POST \(path)", key: key.value, body: body),
            locationPrefix: path
        )
        return answer.response
    }

    private func resend(_ request: Request, _ context: MerchantContext) async throws -> Response {
        let conversation: ConversationID = try context.id("conversationId")
        let message: MessageID = try context.id("messageId")
        let body = try await request.bytes(context)
        // There is nothing to say, so what is said is a mistake.
        if !body.isEmpty { try JSONBody(parsing: body).decode { _ in } }
        let key = try IdempotencyKey.required(request)
        let path = Self.path(of: conversation)
        let answer = try await service.resend(
            message,
            in: conversation,
            of: context.merchant,
            by: context.principal.person,
            request: IdempotentRequest(operation: "POST \(path)/\(message)/resend", key: key.value, body: []),
            locationPrefix: path
        )
        return answer.response
    }

    /// One path for all bases, so that a retry through another base is still the same request.
    private static func path(of conversation: ConversationID) -> String {
        "\(APIBase.version1.rawValue)/conversations/\(conversation)/messages"
    }
}

extension MessageRoutes {
    /// Reads `MessageIn`, with the errors of both its parts at once.
    private static func message(_ body: JSONElement) throws -> (OutboundContent, replyTo: MessageID?) {
        let errors = FieldErrors()
        let replyTo = body["replyTo"].flatMap { FieldRule.id(MessageID.self).read($0, "/replyTo", errors) }
        let content: OutboundContent
        do {
            content = try OutboundContent(body: body, others: ["replyTo"])
        } catch {
            throw DomainError.invalid(error.fields + errors.fields)
        }
        // A reaction names its message itself; with a quote there would be two.
        if case .reaction = content, body["replyTo"] != nil { errors.add("/replyTo", "unknown_field", "A reaction quotes nothing.") }
        try errors.check()
        return (content, replyTo)
    }
}

extension Principal {
    /// The person behind the credential; nil for keys.
    fileprivate var person: PersonID? {
        if case .person(let person) = kind { person } else { nil }
    }
}
