import Core
import Hummingbird
import Tenancy

/// `/api-keys`, `/platform-keys` and `/personal-access-tokens`: the same, for a restaurant's keys, the installation's and a person's own tokens.
public struct CredentialRoutes: Sendable {
    private let service: CredentialService
    private let kept: KeptAnswers
    private let cursors: CursorSigner

    public init(_ service: CredentialService, kept: KeptAnswers, cursors: CursorSigner) {
        self.service = service
        self.kept = kept
        self.cursors = cursors
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        Handlers<MerchantContext>(service, kept, cursors, path: "api-keys", id: "keyId", scopes: Scope.all) { .merchant($0.merchant) }
            .add(to: base, .scope(Scope.keysManage, .owner))
        Handlers<PlatformContext>(service, kept, cursors, path: "platform-keys", id: "keyId", scopes: Scope.platform) { _ in .platform }
            .add(to: base, .admin)
        Handlers<PersonContext>(service, kept, cursors, path: "personal-access-tokens", id: "tokenId", scopes: Scope.all) {
            .person($0.person)
        }
        .add(to: base, .scope(Scope.keysManage))
    }
}

/// The routes of one kind of credential.
private struct Handlers<Context: GuardedRequestContext>: Sendable {
    private let service: CredentialService
    private let kept: KeptAnswers
    private let cursors: CursorSigner
    private let path: String
    private let id: String
    private let scopes: [String]
    private let owner: @Sendable (Context) -> CredentialOwner

    /// - Parameters:
    ///   - id: the name of the path's parameter.
    ///   - scopes: that such a credential can have.
    ///   - owner: whose credentials the request manages.
    init(
        _ service: CredentialService,
        _ kept: KeptAnswers,
        _ cursors: CursorSigner,
        path: String,
        id: String,
        scopes: [String],
        owner: @escaping @Sendable (Context) -> CredentialOwner
    ) {
        self.service = service
        self.kept = kept
        self.cursors = cursors
        self.path = path
        self.id = id
        self.scopes = scopes
        self.owner = owner
    }

    func add(to base: AuthenticatedBase, _ access: Access) {
        let credentials = base.group(RouterPath(path), context: Context.self)
        credentials.get("", access, use: list)
        credentials.post("", access, use: create)
        credentials.get("/{\(id)}", access, use: find)
        credentials.delete("/{\(id)}", access, use: revoke)
        credentials.post("/{\(id)}/roll", access, use: roll)
    }

    @Sendable private func list(_ request: Request, _ context: Context) async throws -> JSONResponse {
        let owner = owner(context)
        let query = try QueryReader(request)
        let limit = query.limit()
        let cursor = query.cursor()
        try query.finish()
        let scope = CursorScope(list: path, merchant: context.principal.merchant, filters: [("owner", owner.cursorName)])
        let before = try cursor.map { try cursors.id(in: $0, for: scope, CredentialID.self) }
        let (credentials, next) = try await service.page(of: owner, before: before, limit: limit)
        let time = Timestamp.now
        return .page(credentials, nextCursor: next.map { cursors.sign($0, for: scope) }) { writer, credential in
            writer.object { credential.writeMembers(to: &$0, at: time) }
        }
    }

    @Sendable private func create(_ request: Request, _ context: Context) async throws -> Response {
        let owner = owner(context)
        let body = try await request.bytes(context)
        return try await kept.answer(request, body, at: base, by: context.principal, as: { issued($0) }) { answering in
            let input = try JSONBody(parsing: body).decode { fields in
                CredentialIn(
                    name: fields.required("name", .name()),
                    scopes: fields.required("scopes", .scopes(among: scopes)),
                    expiresAt: fields.optional("expiresAt", .laterThanNow)
                )
            }
            return try await service.create(input, for: owner, as: context.principal, by: context.actor, answering: answering)
        }
    }

    @Sendable private func find(_ request: Request, _ context: Context) async throws -> JSONResponse {
        let credential = try await service.find(context.id(id), of: owner(context))
        return JSONResponse { credential.writeMembers(to: &$0) }
    }

    @Sendable private func roll(_ request: Request, _ context: Context) async throws -> Response {
        let owner = owner(context)
        let credential: CredentialID = try context.id(id)
        let body = try await request.bytes(context)
        let path = "\(base)/\(credential)/roll"
        return try await kept.answer(request, body, at: path, by: context.principal, as: { issued($0) }) { answering in
            let overlap = body.isEmpty ? nil : try JSONBody(parsing: body).decode { $0.optional("overlapSeconds", .int(0...604_800)) }
            return try await service.roll(
                credential,
                of: owner,
                overlap: .seconds(overlap ?? 86_400),
                as: context.principal,
                by: context.actor,
                answering: answering
            )
        }
    }

    @Sendable private func revoke(_ request: Request, _ context: Context) async throws -> Response {
        try await service.revoke(context.id(id), of: owner(context), by: context.actor)
        return Response(status: .noContent)
    }

    /// 201 with the token, this once.
    private func issued(_ issued: IssuedCredential) -> JSONResponse {
        var writer = JSONWriter(reserving: 768)
        writer.object { writer in
            issued.credential.writeMembers(to: &writer)
            writer.member("token", issued.token.reveal())
        }
        return .created(at: "\(base)/\(issued.credential.id)", writer)
    }

    private var base: String { "\(APIBase.version1.rawValue)/\(path)" }
}

extension CredentialOwner {
    fileprivate var cursorName: String {
        switch self {
        case .platform: "platform"
        case .merchant(let merchant): merchant.description
        case .person(let person): person.description
        }
    }
}

extension FieldRule<[String]> {
    /// At least one of `known`, each named once in the result; what is unknown is named.
    fileprivate static func scopes(among known: [String]) -> FieldRule {
        FieldRule(standIn: []) { element, pointer, errors in
            guard element.kind == .array else { return errors.wrongType(pointer, "an array") }
            let elements = element.elements
            guard (1...50).contains(elements.count) else {
                errors.add(pointer, elements.isEmpty ? "too_few" : "too_many", "This has 1 to 50 elements.")
                return nil
            }
            var named: Set<String> = []
            for (index, element) in elements.enumerated() {
                guard let name = element.string else {
                    errors.add("\(pointer)/\(index)", "wrong_type", "This must be a string.")
                    continue
                }
                if known.contains(name) {
                    named.insert(name)
                } else {
                    errors.add("\(pointer)/\(index)", "invalid_value", "There is no scope \(name.prefix(60).debugDescription) here.")
                }
            }
            return known.filter { named.contains($0) }
        }
    }
}

extension FieldRule<Timestamp> {
    fileprivate static var laterThanNow: FieldRule {
        FieldRule.timestamp.map(standIn: Timestamp(microseconds: 0), "This must be a time that is still to come.") { $0 > .now ? $0 : nil }
    }
}
