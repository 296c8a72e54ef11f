/// Why a credential is refused. Each case has one answer, the same bytes whatever lies behind it.
public enum AuthenticationFailure: Error, Sendable, Equatable {
    /// Unknown, expired, revoked, or its owner is disabled: 401 `invalid_credential`.
    case invalidCredential
    /// The named restaurant does not exist or is not one of the credential's; callers cannot tell which: 403 `restaurant_forbidden`.
    case restaurantForbidden
    /// The restaurant is the credential's, and suspended: 403 `merchant_suspended`.
    case merchantSuspended
    /// The restaurant is the credential's, and closed: 403 `merchant_closed`.
    case merchantClosed
}
