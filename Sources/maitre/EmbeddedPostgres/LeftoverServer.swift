import Foundation
import Logging

/// A server, or what is left of one, of an earlier run that was killed: it is stopped before the data directory is used again.
struct LeftoverServer: Sendable {
    let dataDirectory: String
    let logger: Logger

    /// Stops the processes that use the data directory and removes a `postmaster.pid` that lies.
    ///
    /// Call it with the directory's lock held: then no live process of ours owns a server there.
    func clear() async throws {
        let postmaster = PostmasterFile(in: dataDirectory)
        var processes = processesUsingDirectory(postmaster)
        if let postmaster, processes.contains(postmaster.processIdentifier) {
            logger.warning("Stopping a PostgreSQL server left by an earlier run", metadata: ["pid": "\(postmaster.processIdentifier)"])
            // Fast shutdown; then an immediate one, after which the next start recovers from the log.
            for (signal, seconds) in [(SIGINT, 20.0), (SIGQUIT, 5.0)]
            where processesUsingDirectory(postmaster).contains(postmaster.processIdentifier) {
                kill(postmaster.processIdentifier, signal)
                await wait(seconds: seconds) { !processesUsingDirectory(postmaster).contains(postmaster.processIdentifier) }
            }
            processes = processesUsingDirectory(postmaster)
        }
        if !processes.isEmpty {
            // Server processes whose parent was killed: they notice within moments, and while one lives the files are not ours.
            await wait(seconds: 5) { processesUsingDirectory(postmaster).isEmpty }
            for process in processesUsingDirectory(postmaster) {
                logger.warning("Killing a PostgreSQL process left by an earlier run", metadata: ["pid": "\(process)"])
                kill(process, SIGKILL)
            }
            await wait(seconds: 5) { processesUsingDirectory(postmaster).isEmpty }
        }
        guard processesUsingDirectory(postmaster).isEmpty else {
            throw EmbeddedPostgresError.unusable(path: dataDirectory, reason: "processes of an earlier PostgreSQL server do not end")
        }
        // PostgreSQL refuses to start when the number in a stale file has since been given to any process of the same user.
        // We have looked at who uses the directory, which it cannot do.
        if unlink(PostmasterFile.path(in: dataDirectory)) == 0 {
            logger.info("Removed a stale postmaster.pid; PostgreSQL will recover from its log")
        }
    }

    /// Processes that work in the data directory: every process of a server does.
    private func processesUsingDirectory(_ postmaster: PostmasterFile?) -> [pid_t] {
        #if os(Linux)
            let data = realPath(dataDirectory)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return names.compactMap { pid_t($0) }.filter {
                isPostgres($0) && (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/cwd")) == data
            }
        #else
            // Without /proc: the number in the file, when that process was started with our directory.
            guard let postmaster, kill(postmaster.processIdentifier, 0) == 0 || errno == EPERM,
                let command = commandLine(postmaster.processIdentifier), command.contains(dataDirectory)
            else { return [] }
            return [postmaster.processIdentifier]
        #endif
    }

    #if os(Linux)
        private func isPostgres(_ process: pid_t) -> Bool {
            // `comm` is readable for every user's processes; a zombie has no working directory any more.
            (try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)) == "postgres\n"
        }
    #else
        private func commandLine(_ process: pid_t) -> String? {
            guard let pipe = popen("/bin/ps -o command= -p \(process)", "r") else { return nil }
            defer { pclose(pipe) }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = fread(&buffer, 1, buffer.count, pipe)
            return String(decoding: buffer.prefix(count), as: UTF8.self)
        }
    #endif

    /// Polls: the processes are not our children, so there is nothing to wait on.
    private func wait(seconds: Double, until condition: () -> Bool) async {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while !condition(), ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// The path without links, as the kernel names it; the path itself when there is nothing there.
func realPath(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
}
