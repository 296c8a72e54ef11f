import Foundation

/// An exclusive lock on a directory for as long as this value's `release` is not called and the process lives.
///
/// `flock` and not a file with a process number: the kernel releases it however we end.
struct DirectoryLock: Sendable {
    private let file: Int32

    /// Takes the lock, or says who holds it.
    init(directory: String) throws {
        let path = "\(directory)/lock"
        // Closed in children: a server that outlives us must not keep the lock.
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw EmbeddedPostgresError.unusable(path: path, reason: String(cString: strerror(errno))) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            var holder = [UInt8](repeating: 0, count: 16)
            let count = read(file, &holder, holder.count)
            close(file)
            let text = String(decoding: holder.prefix(max(count, 0)), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            throw EmbeddedPostgresError.inUse(directory: directory, processIdentifier: text.isEmpty ? "unknown" : text)
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(file, 0)
        _ = pwrite(file, text, text.count, 0)
        self.file = file
    }

    func release() {
        // Unlocked before it is closed: a child being started at this moment has a copy of the descriptor until its exec.
        flock(file, LOCK_UN)
        close(file)
    }
}
