/// Why a credential or a login is refused. Each case has one answer, the same bytes whatever lies behind it.
public enum AuthenticationFailure: Error, Sendable, Equatable {
    /// Unknown, expired, revoked, or its owner is disabled: 401 `invalid_credential`.
    case invalidCredential
    /// The named restaurant does not exist or is not one of the credential's; callers cannot tell which: 403 `restaurant_forbidden`.
    case restaurantForbidden
    /// A refresh token came back after it was used; its session is over. The client hears the same as for `invalidCredential`.
    case tokenReused
    /// Address or password is wrong; callers cannot tell which: 401 `login_failed`.
    case loginFailed
    /// The password is right and a second factor is set: 401 `second_factor_required`.
    case secondFactorRequired
    /// The code is wrong or was used before: 401 `second_factor_failed`.
    case secondFactorFailed
    /// Too often: 429 with `Retry-After`.
    case throttled(retryAfter: Duration)
    /// The restaurant is the credential's, and suspended: 403 `merchant_suspended`.
    case merchantSuspended
    /// The restaurant is the credential's, and closed: 403 `merchant_closed`.
    case merchantClosed
}
