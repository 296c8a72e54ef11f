import Crypto
import Foundation

/// Encrypts provider secrets at rest: AES-256-GCM with one data key per merchant, itself wrapped by a key-encryption key from configuration.
///
/// Ciphertext layout: version byte `2`, four bytes that name the key, 12 bytes of nonce, ciphertext, 16 bytes of tag. Version `1` had no name of a key. The
/// additional data names merchant, table, column and row, so that a ciphertext moved to another place does not open (`api.md` 3).
public struct SecretBox: Sendable {
    /// Where a secret is stored.
    public struct Place: Sendable {
        let additionalData: Data

        public init(merchant: MerchantID, table: String, column: String, row: UUID) {
            additionalData = Data("\(merchant)|\(table)|\(column)|\(row.lowercased)".utf8)
        }

        /// The place of a merchant's wrapped data key.
        public init(dataKeyOf merchant: MerchantID) {
            self.init(merchant: merchant, table: "merchant_data_keys", column: "wrapped_key", row: merchant.uuid)
        }

        /// The place of a secret that belongs to the installation rather than to one merchant.
        public init(table: String, column: String, row: UUID) {
            additionalData = Data("installation|\(table)|\(column)|\(row.lowercased)".utf8)
        }
    }

    /// Why a ciphertext did not open. It says nothing about the secret.
    public enum Failure: String, Error, Sendable {
        case malformed
        /// Changed, or sealed for another place.
        case refused
        /// Sealed by a key that is not configured.
        case unknownKey = "unknown_key"
    }

    private struct Key {
        /// Tells keys apart; it gives nothing of them away.
        let id: [UInt8]
        let key: SymmetricKey

        init(_ key: SymmetricKey) {
            id = Array(HMAC<SHA256>.authenticationCode(for: Data("maitre key id".utf8), using: key).prefix(SecretBox.keyIDLength))
            self.key = key
        }
    }

    private static let keyIDLength = 4

    private let current: Key
    private let previous: [Key]

    /// - Parameters:
    ///   - key: 32 bytes; seals.
    ///   - previous: open what they sealed, while it is sealed again.
    public init(key: SymmetricKey, previous: [SymmetricKey] = []) {
        current = Key(key)
        self.previous = previous.map { Key($0) }
    }

    /// A key-encryption key as configured: 64 hexadecimal digits. Nil when it is anything else.
    public init?(hexadecimalKey: String) {
        guard let bytes = [UInt8](hexadecimal: hexadecimalKey), bytes.count == 32 else { return nil }
        self.init(key: SymmetricKey(data: bytes))
    }

    /// How everything begins that this box seals: version and name of its key.
    public var header: [UInt8] { [2] + current.id }

    public func seal(_ plaintext: some DataProtocol, at place: Place) throws -> [UInt8] {
        let box = try AES.GCM.seal(plaintext, using: current.key, authenticating: header + place.additionalData)
        return header + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
    }

    public func open(_ sealed: [UInt8], at place: Place) throws -> [UInt8] {
        switch sealed.first {
        case 2 where sealed.count >= 1 + Self.keyIDLength + 28:
            let header = Array(sealed[...Self.keyIDLength])
            let keys = ([current] + previous).filter { $0.id == Array(header.dropFirst()) }
            guard !keys.isEmpty else { throw Failure.unknownKey }
            return try open(sealed.dropFirst(header.count), with: keys, authenticating: header + place.additionalData)
        case 1 where sealed.count >= 29:
            return try open(sealed.dropFirst(), with: [current] + previous, authenticating: Array(place.additionalData))
        default:
            throw Failure.malformed
        }
    }

    private func open(_ sealed: ArraySlice<UInt8>, with keys: [Key], authenticating data: [UInt8]) throws -> [UInt8] {
        let box = try AES.GCM.SealedBox(combined: sealed)
        for key in keys {
            if let opened = try? AES.GCM.open(box, using: key.key, authenticating: data) { return Array(opened) }
        }
        throw Failure.refused
    }

    /// A new random data key for `merchant`, wrapped by this box.
    public func newDataKey(for merchant: MerchantID) throws -> [UInt8] {
        let dataKey = SymmetricKey(size: .bits256)
        return try dataKey.withUnsafeBytes { try seal(Data($0), at: Place(dataKeyOf: merchant)) }
    }

    /// The box that uses `merchant`'s data key, unwrapped by this one.
    public func dataBox(for merchant: MerchantID, wrappedKey: [UInt8]) throws -> SecretBox {
        SecretBox(key: SymmetricKey(data: try open(wrappedKey, at: Place(dataKeyOf: merchant))))
    }
}
