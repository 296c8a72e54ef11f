import Core

/// The database roles' URLs, as libpq reads them (a URI or keywords; TLS by libpq's own parameters), and how many connections to open.
struct DatabaseSettings: Sendable {
    static let tenantURLKey = "database.tenantUrl"
    static let platformURLKey = "database.platformUrl"
    static let migratorURLKey = "database.migratorUrl"

    /// Role `maitre_tenant`.
    let tenantURL: Required<Secret<String>>
    /// Role `maitre_platform`.
    let platformURL: Required<Secret<String>>
    /// Role `maitre_migrator`; only `migrate` needs it.
    let migratorURL: Required<Secret<String>>
    /// Connections of one process as `maitre_tenant`; 0: what fits the command.
    let tenantConnections: Int
    /// Connections of one process as `maitre_platform`; 0: what fits the command.
    let platformConnections: Int

    init(_ reader: SettingsReader) {
        tenantURL = Self.url(reader, Self.tenantURLKey)
        platformURL = Self.url(reader, Self.platformURLKey)
        migratorURL = Self.url(reader, Self.migratorURLKey)
        tenantConnections = reader.int("database.tenantConnections", default: 0, in: 0...500)
        platformConnections = reader.int("database.platformConnections", default: 0, in: 0...500)
    }

    private static func url(_ reader: SettingsReader, _ key: String) -> Required<Secret<String>> {
        reader.secret(key, type: "PostgreSQL URL") { text in
            let isURI = text.hasPrefix("postgres://") || text.hasPrefix("postgresql://")
            // libpq's other form: `host=… dbname=…`.
            return isURI || text.contains("=") ? text : nil
        }
    }
}
