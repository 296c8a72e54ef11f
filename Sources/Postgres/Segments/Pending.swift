/// A value that will be there once its segment has run; `run` turns the pending values its closure returns into the values.
public struct Pending<Value> {
    let resolve: (SegmentResults) throws -> Value

    init(resolve: @escaping (SegmentResults) throws -> Value) {
        self.resolve = resolve
    }

    /// A value that is known already.
    public init(_ value: Value) {
        resolve = { _ in value }
    }

    /// A value made from this one once it is there.
    public func map<Other>(_ transform: @escaping (Value) throws -> Other) -> Pending<Other> {
        Pending<Other> { try transform(try resolve($0)) }
    }

    /// A value made from two of the same segment.
    public func zip<Other>(_ other: Pending<Other>) -> Pending<(Value, Other)> {
        Pending<(Value, Other)> { (try resolve($0), try other.resolve($0)) }
    }
}
