import Hummingbird
import Tenancy

/// What an operation asks of a credential beyond the kind that its context's type lets in.
///
/// Said once, beside the route: `AccessGroup` asks for it before the handler runs, and a test compares it with `x-scopes`, `x-roles`, `x-credentials` and `security` of
/// `openapi.yaml`.
public struct Access: Sendable, Hashable {
    /// What the credential must have been given; nil for nothing.
    public private(set) var scope: String?
    /// What a person must at least be in the restaurant.
    public private(set) var role: Role
    /// Whether a key or token of a restaurant or person is not enough: it must not hand out more than it has, nor change the account that it belongs to.
    public private(set) var needsLogin = false
    /// The parameter of the path that may name the person who asks, who then needs no role.
    public private(set) var oneself: String?
    /// Whether a ticket of somebody who has all this is as good.
    public private(set) var takesTicket = false

    public init(scope: String?, role: Role = .agent) {
        self.scope = scope
        self.role = role
    }

    /// Needs a credential of the right kind, and nothing of it.
    public static let anyScope = Access(scope: nil)

    /// Only of platform keys and administrators.
    public static let admin = Access(scope: Scope.admin)

    public static func scope(_ scope: String, _ role: Role = .agent) -> Access { Access(scope: scope, role: role) }

    /// The same for who is logged in, and, where it is let in at all, the platform.
    public var loggedIn: Access {
        var access = self
        access.needsLogin = true
        return access
    }

    /// The same, and whoever brings a ticket for it.
    public var orTicket: Access {
        var access = self
        access.takesTicket = true
        return access
    }

    /// The same, and everybody in what concerns themselves.
    ///
    /// - Parameter parameter: of the path, with the person's id.
    public func orOneself(_ parameter: String) -> Access {
        var access = self
        access.oneself = parameter
        return access
    }
}

/// Whose credentials a context lets in.
public enum Callers: Sendable, Hashable {
    /// Platform keys and administrators.
    case platform
    /// Everybody who acts for one restaurant, the platform too.
    case merchant
    /// As `merchant`, and the platform without a restaurant.
    case reader
    /// People, with or without a restaurant.
    case person
}

/// A context whose type says who gets to its routes.
public protocol GuardedRequestContext: PrincipalRequestContext, ChildRequestContext where ParentContext == AppRequestContext {
    static var callers: Callers { get }

    /// What is asked for in place of the scope that a route names; nil for that scope.
    var scopeInstead: String? { get }
}

extension GuardedRequestContext {
    public var scopeInstead: String? { nil }

    /// Lets through who has everything that `access` asks for.
    ///
    /// - Throws: `Problem` 403 `forbidden`.
    func require(_ access: Access) throws {
        let isOneself: Bool
        if let oneself = access.oneself, case .person(let person) = principal.kind {
            isOneself = try id(oneself) == person
        } else {
            isOneself = false
        }
        try principal.require(
            scope: scopeInstead ?? access.scope,
            role: isOneself ? .agent : access.role,
            mayAdminister: Self.callers != .person
        )
        guard !access.needsLogin || principal.session != nil || (Self.callers != .person && principal.kind == .platformKey) else {
            throw Problem(.forbidden, detail: "Log in to do this; a key or token may not.")
        }
    }
}

extension Principal {
    /// Whether it acts for the installation.
    var isPlatform: Bool { kind == .platformKey || isPlatformAdmin }

    /// - Parameter mayAdminister: whether a platform key or administrator with `admin` may do it without more.
    ///
    /// A context asks this for its routes; what outlives its request (a stream, a socket) asks again while it lasts.
    func require(scope: String?, role least: Role, mayAdminister: Bool = true) throws {
        if mayAdminister, isPlatform, scopes.contains(Scope.admin) { return }
        if let scope, !scopes.contains(scope) { throw Problem(.forbidden, detail: "The credential lacks the scope \(scope).") }
        if let role, role < least { throw Problem(.forbidden, detail: "This needs the role \(least.rawValue) or above.") }
    }
}
