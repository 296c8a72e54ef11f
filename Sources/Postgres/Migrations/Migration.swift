import Crypto
import Foundation

/// One migration file.
public struct Migration: Sendable, Equatable {
    public let version: Int
    /// The file's name without number and ending.
    public let name: String
    /// Lower-case hexadecimal SHA-256 of the file's bytes. An applied file must never change.
    public let sha256: String
    public let sql: String

    /// False when the file's first line is `-- no-tx`: its statements then run one by one, outside a transaction, and must be written so
    /// that the file can run again from the start after a failure.
    public var isTransactional: Bool {
        sql.prefix { !$0.isNewline }.trimmingCharacters(in: .whitespaces) != "-- no-tx"
    }

    public var fileName: String {
        let digits = String(version)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + name + ".sql"
    }

    /// Reads `NNNN_name.sql` from a directory, ordered by number. Files with other endings are not looked at.
    public static func read(directory: String) throws -> [Migration] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw MigrationError.unreadable(path: directory)
        }
        var migrations: [Migration] = []
        for name in names where name.hasSuffix(".sql") {
            migrations.append(try read(directory: directory, fileName: name))
        }
        migrations.sort { $0.version < $1.version }
        for (first, second) in zip(migrations, migrations.dropFirst()) where first.version == second.version {
            throw MigrationError.duplicate(first.fileName, second.fileName)
        }
        return migrations
    }

    private static func read(directory: String, fileName: String) throws -> Migration {
        let digits = fileName.prefix { $0.isASCII && $0.isNumber }
        let name = fileName.dropFirst(digits.count + 1).dropLast(4)
        guard digits.count >= 4, let version = Int(digits), version > 0, !name.isEmpty,
            fileName.dropFirst(digits.count).first == "_"
        else {
            throw MigrationError.badName(fileName)
        }
        let path = directory + "/" + fileName
        guard let data = FileManager.default.contents(atPath: path), let sql = String(validating: data, as: UTF8.self),
            !sql.contains("\0")
        else {
            throw MigrationError.unreadable(path: path)
        }
        let digest = SHA256.hash(data: data).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }
        return Migration(version: version, name: String(name), sha256: digest.joined(), sql: sql)
    }
}

/// A migration the database has.
public struct AppliedMigration: Sendable, Equatable {
    public let version: Int
    public let name: String
    public let sha256: String
    public let appliedAt: PostgresTimestamp
    public let milliseconds: Int
}
