/// Says which addresses a name has.
public protocol Resolver: Sendable {
    /// Every address that the name has now, in the order in which to try them.
    ///
    /// - Throws: `DestinationError.unresolved`.
    func addresses(of name: String) async throws -> [IPAddress]
}
