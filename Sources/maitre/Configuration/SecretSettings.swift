import Core

/// Keys that belong to the installation.
struct SecretSettings: Sendable {
    static let keyEncryptionKeyKey = "secrets.keyEncryptionKey"
    static let previousKeyEncryptionKeysKey = "secrets.previousKeyEncryptionKeys"

    /// Wraps the merchants' data keys: 32 bytes.
    let keyEncryptionKey: Required<Secret<[UInt8]>>

    /// Open what they sealed until it is sealed again.
    let previousKeyEncryptionKeys: [Secret<[UInt8]>]

    init(_ reader: SettingsReader) {
        keyEncryptionKey = reader.secret(Self.keyEncryptionKeyKey, type: "key of 64 hexadecimal digits", Self.key)
        previousKeyEncryptionKeys = reader.secrets(
            Self.previousKeyEncryptionKeysKey,
            type: "keys of 64 hexadecimal digits separated by commas",
            Self.key
        )
    }

    private static func key(_ text: String) -> [UInt8]? {
        [UInt8](hexadecimal: text).flatMap { $0.count == 32 ? $0 : nil }
    }
}
