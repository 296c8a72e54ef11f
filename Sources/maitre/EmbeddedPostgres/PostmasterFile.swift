import Foundation

/// `postmaster.pid`, which a running server keeps in its data directory (`src/include/utils/pidfile.h` of PostgreSQL).
struct PostmasterFile: Sendable, Equatable {
    let processIdentifier: pid_t
    /// `starting`, `stopping`, `ready` or `standby`; empty until the server has got that far.
    let status: String

    static func path(in dataDirectory: String) -> String { "\(dataDirectory)/postmaster.pid" }

    /// Nil when there is none, or when it is not complete.
    init?(in dataDirectory: String) {
        guard let text = try? String(contentsOfFile: Self.path(in: dataDirectory), encoding: .utf8) else { return nil }
        self.init(text: text)
    }

    init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, let number = pid_t(first), number > 0 else { return nil }
        processIdentifier = number
        status = lines.count > 7 ? lines[7].trimmingCharacters(in: .whitespaces) : ""
    }
}
