import CLibpq

/// Owns a `PGresult`.
///
/// `@unchecked Sendable` is safe: a `PGresult` is read-only once libpq has returned it ("can be passed around freely between threads",
/// libpq documentation, 34.20); it is written only by `PQclear`, which runs once, when the last reference is gone.
final class ResultHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQclear(pointer)
    }
}
