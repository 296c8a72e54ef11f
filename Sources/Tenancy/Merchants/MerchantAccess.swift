/// What a merchant is for those who ask in its name; SQL's `platform.merchant_access` (migration 0012).
public enum MerchantAccess: String, Sendable {
    case active
    case suspended
    /// Closed, in its grace period.
    case closed
    /// The grace period is over: as if the merchant were not there.
    case ended

    /// Lets through only what an active merchant may do.
    ///
    /// - Parameter absent: what is thrown for a merchant that is over.
    /// - Throws: `AuthenticationFailure`.
    public func require(orIfEnded absent: AuthenticationFailure) throws(AuthenticationFailure) {
        switch self {
        case .active: return
        case .suspended: throw .merchantSuspended
        case .closed: throw .merchantClosed
        case .ended: throw absent
        }
    }
}
