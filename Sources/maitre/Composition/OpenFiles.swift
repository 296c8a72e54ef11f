import Foundation
import Logging

/// How many files and sockets the process may have open.
enum OpenFiles {
    /// What a node needs beside its clients: the database, providers, logs, the runtime's own.
    static let besides = 256

    /// Raises the limit as far as this process may, and says when that is not enough for so many connections: what cannot be accepted then waits, and so does
    /// every call that the node itself would make.
    static func allow(connections: Int, logger: Logger) {
        guard let limit = raise(), limit < connections + besides else { return }
        logger.warning(
            "Fewer open files are allowed than limits.connections needs",
            metadata: ["openFiles": "\(limit)", "needed": "\(connections + besides)"]
        )
    }

    /// - Returns: the limit from now on; nil when it is not known.
    static func raise() -> Int? {
        #if os(Linux)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return nil }
        let now = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        let isRaised = setrlimit(resource, &limit) == 0
        return Int(clamping: isRaised ? limit.rlim_max : now)
    }
}
