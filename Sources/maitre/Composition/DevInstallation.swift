import Core
import Crypto
import Foundation
import Logging
import Postgres
import ServiceLifecycle

/// The database and the keys of `maitre dev`, made at the first start and found again at the next.
struct DevInstallation {
    static let database = "maitre"

    let tenantURL: Secret<String>
    let platformURL: Secret<String>
    let keyEncryptionKey: Secret<[UInt8]>

    static func prepare(_ running: EmbeddedPostgres.Running, directory: String, logger: Logger) async throws -> DevInstallation {
        let superuserPassword = try running.password(for: EmbeddedPostgres.superuser)
        let superuserURL = running.url(role: EmbeddedPostgres.superuser, password: superuserPassword, database: database)
        let setup = DatabaseSetup(migrations: try MigrationsDirectory.find(), logger: logger)
        try await setup.createDatabase(database, superuserURL: try running.superuserURL)
        var urls: [String: Secret<String>] = [:]
        var passwords: [String: Secret<String>] = [:]
        for role in DatabaseSetup.loginRoles {
            let password = try running.password(for: role)
            passwords[role] = password
            urls[role] = running.url(role: role, password: password, database: database)
        }
        try await setup.bootstrap(superuserURL: superuserURL, passwords: passwords)
        guard let migrator = urls["maitre_migrator"], let tenant = urls["maitre_tenant"], let platform = urls["maitre_platform"] else {
            throw PlainFailure(description: "The database roles are incomplete.")
        }
        try await setup.migrate(migratorURL: migrator)
        return DevInstallation(
            tenantURL: tenant,
            platformURL: platform,
            keyEncryptionKey: try keyEncryptionKey(in: directory)
        )
    }

    private static func keyEncryptionKey(in directory: String) throws -> Secret<[UInt8]> {
        let path = directory + "/key-encryption-key"
        if let data = FileManager.default.contents(atPath: path) {
            guard let key = [UInt8](hexadecimal: String(decoding: data, as: UTF8.self)), key.count == 32 else {
                throw PlainFailure(
                    description: "\(path) is not a key of 64 hexadecimal digits; without it the stored secrets cannot be read."
                )
            }
            return Secret(key)
        }
        let key = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        guard
            FileManager.default.createFile(atPath: path, contents: Data(key.hexadecimal.utf8), attributes: [.posixPermissions: 0o600])
        else { throw PlainFailure(description: "\(path) cannot be written.") }
        return Secret(key)
    }
}
