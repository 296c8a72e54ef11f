/// A member of a partial update, in its three states.
public enum Patch<Value> {
    /// Not mentioned: leave as it is.
    case absent
    /// Explicitly cleared.
    case null
    case value(Value)

    /// What the field becomes when it was `current`.
    public func applied(to current: Value?) -> Value? {
        switch self {
        case .absent: current
        case .null: nil
        case .value(let value): value
        }
    }
}

extension Patch: Sendable where Value: Sendable {}
extension Patch: Equatable where Value: Equatable {}
