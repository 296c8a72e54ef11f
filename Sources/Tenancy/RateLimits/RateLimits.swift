/// Requests that may be made in one window. 0 is no limit.
public struct RateLimits: Sendable, Equatable {
    /// With one key, token or session.
    public var credential = 0
    /// On behalf of one merchant, with all credentials together.
    public var merchant = 0
    /// From one address, also without a credential or with a wrong one.
    public var address = 0
    /// Whole seconds.
    public var window: Duration = .seconds(60)

    public init(credential: Int = 0, merchant: Int = 0, address: Int = 0, window: Duration = .seconds(60)) {
        self.credential = credential
        self.merchant = merchant
        self.address = address
        self.window = window
    }

    public static let off = RateLimits()

    public var isOff: Bool { RateKind.allCases.allSatisfy { self[$0] == 0 } }

    public subscript(kind: RateKind) -> Int {
        switch kind {
        case .credential: credential
        case .merchant: merchant
        case .address: address
        }
    }
}

/// Of whom requests are counted. The raw value is the name of the policy in headers.
public enum RateKind: String, Sendable, CaseIterable {
    case credential, merchant, address
}
