import HTTPTypes
import Hummingbird

/// One base of the API (`/api/v1`) behind the middleware that knows who asks. It has no way to add a route without saying who may use it.
public struct AuthenticatedBase {
    private let group: RouterGroup<AppRequestContext>
    private let path: RouterPath
    private let table: AccessTable

    init(group: RouterGroup<AppRequestContext>, path: RouterPath, table: AccessTable) {
        self.group = group
        self.path = path
        self.table = table
    }

    /// Routes under `path` for whom `Context` lets in.
    public func group<Context: GuardedRequestContext>(_ path: RouterPath, context: Context.Type) -> AccessGroup<Context> {
        AccessGroup(group: group.group(path, context: context), path: self.path.appendingPath(path), table: table)
    }
}

/// Routes of one context, each with what it asks of a credential; that is asked before the handler runs.
///
///     let bots = base.group("bots", context: MerchantContext.self)
///     bots.get("", .scope(Scope.botsRead), use: list)
///     bots.post("", .scope(Scope.botsWrite, .manager), use: create)
public struct AccessGroup<Context: GuardedRequestContext> {
    public typealias Handler<Output> = @Sendable (Request, Context) async throws -> Output

    private let group: RouterGroup<Context>
    private let path: RouterPath
    private let table: AccessTable

    fileprivate init(group: RouterGroup<Context>, path: RouterPath, table: AccessTable) {
        self.group = group
        self.path = path
        self.table = table
    }

    public func get(_ path: RouterPath, _ access: Access, use handler: @escaping Handler<some ResponseGenerator>) {
        on(path, .get, access, use: handler)
    }

    public func post(_ path: RouterPath, _ access: Access, use handler: @escaping Handler<some ResponseGenerator>) {
        on(path, .post, access, use: handler)
    }

    public func put(_ path: RouterPath, _ access: Access, use handler: @escaping Handler<some ResponseGenerator>) {
        on(path, .put, access, use: handler)
    }

    public func patch(_ path: RouterPath, _ access: Access, use handler: @escaping Handler<some ResponseGenerator>) {
        on(path, .patch, access, use: handler)
    }

    public func delete(_ path: RouterPath, _ access: Access, use handler: @escaping Handler<some ResponseGenerator>) {
        on(path, .delete, access, use: handler)
    }

    private func on(
        _ path: RouterPath,
        _ method: HTTPRequest.Method,
        _ access: Access,
        use handler: @escaping Handler<some ResponseGenerator>
    ) {
        let whole = self.path.appendingPath(path)
        table.record(.init(method: method, path: whole.description, callers: Context.callers, access: access))
        group.on(path, method: method) { request, context in
            try context.require(access)
            return try await handler(request, context)
        }
    }
}
