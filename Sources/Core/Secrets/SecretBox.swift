import Crypto
import Foundation

/// Encrypts provider secrets at rest: AES-256-GCM with one data key per merchant, itself wrapped by a key-encryption key from configuration.
///
/// Ciphertext layout: version byte `1`, 12 bytes of nonce, ciphertext, 16 bytes of tag. The additional data names merchant, table, column and row,
/// so that a ciphertext moved to another place does not open (`api.md` 3).
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
    public enum Failure: Error, Sendable {
        case malformed
        case refused
    }

    private let key: SymmetricKey

    /// - Parameter key: 32 bytes.
    public init(key: SymmetricKey) {
        self.key = key
    }

    /// A key-encryption key as configured: 64 hexadecimal digits. Nil when it is anything else.
    public init?(hexadecimalKey: String) {
        guard let bytes = [UInt8](hexadecimal: hexadecimalKey), bytes.count == 32 else { return nil }
        key = SymmetricKey(data: bytes)
    }

    public func seal(_ plaintext: some DataProtocol, at place: Place) throws -> [UInt8] {
        let box = try AES.GCM.seal(plaintext, using: key, authenticating: place.additionalData)
        return [1] + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
    }

    public func open(_ sealed: [UInt8], at place: Place) throws -> [UInt8] {
        guard sealed.count >= 29, sealed[0] == 1 else { throw Failure.malformed }
        let box = try AES.GCM.SealedBox(combined: sealed.dropFirst())
        do {
            return try Array(AES.GCM.open(box, using: key, authenticating: place.additionalData))
        } catch {
            throw Failure.refused
        }
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
