import Core
import Foundation
import Synchronization

/// Generated database passwords, one per role, in a file that only we can read.
final class PasswordStore: Sendable {
    private let path: String
    private let passwords: Mutex<[String: String]>

    /// Reads what an earlier run generated.
    init(path: String) throws {
        self.path = path
        guard let data = FileManager.default.contents(atPath: path) else {
            guard access(path, F_OK) != 0 else { throw EmbeddedPostgresError.unusable(path: path, reason: "it cannot be read") }
            passwords = Mutex([:])
            return
        }
        guard let stored = try? JSONDecoder().decode([String: String].self, from: data) else {
            throw EmbeddedPostgresError.unusable(path: path, reason: "it is not a JSON object of passwords")
        }
        passwords = Mutex(stored)
    }

    /// True when a password of this role has been generated before.
    func contains(_ role: String) -> Bool {
        passwords.withLock { $0[role] != nil }
    }

    /// The role's password, generated and stored at the first call: 192 random bits in hexadecimal.
    func password(for role: String) throws -> Secret<String> {
        try passwords.withLock { passwords in
            if let password = passwords[role] { return Secret(password) }
            // The system's generator is the kernel's, seeded and fit for secrets on Linux and macOS.
            var generator = SystemRandomNumberGenerator()
            let password = (0..<24).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.hexadecimal
            var changed = passwords
            changed[role] = password
            try write(changed)
            passwords = changed
            return Secret(password)
        }
    }

    /// Replaces the file as a whole, so that a crash leaves the old one or the new one.
    private func write(_ passwords: [String: String]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let data = Array(try encoder.encode(passwords)) + [UInt8(ascii: "\n")]
        let temporary = "\(path).new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw EmbeddedPostgresError.unusable(path: temporary, reason: String(cString: strerror(errno))) }
        let written = data.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
        let synced = fsync(file)
        close(file)
        guard written == data.count, synced == 0, rename(temporary, path) == 0 else {
            throw EmbeddedPostgresError.unusable(path: path, reason: String(cString: strerror(errno)))
        }
    }
}
