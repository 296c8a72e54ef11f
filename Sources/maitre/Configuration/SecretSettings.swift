import Core

/// Keys that belong to the installation.
struct SecretSettings: Sendable {
    static let keyEncryptionKeyKey = "secrets.keyEncryptionKey"

    /// Wraps the merchants' data keys: 32 bytes.
    let keyEncryptionKey: Required<Secret<[UInt8]>>

    init(_ reader: SettingsReader) {
        keyEncryptionKey = reader.secret(Self.keyEncryptionKeyKey, type: "key of 64 hexadecimal digits") { text in
            [UInt8](hexadecimal: text).flatMap { $0.count == 32 ? $0 : nil }
        }
    }
}
