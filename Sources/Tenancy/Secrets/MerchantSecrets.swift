import Core
import Foundation
import Postgres
import Synchronization

/// Seals and opens a merchant's provider secrets with its data key (`api.md` 3).
///
/// Unwrapped data keys are cached: they never change while the process lives, and unwrapping one costs a query.
public final class MerchantSecrets: Sendable {
    private let database: TenantDatabase
    private let keyEncryptionBox: SecretBox
    private let boxes = Mutex<[MerchantID: SecretBox]>([:])

    public init(database: TenantDatabase, keyEncryptionBox: SecretBox) {
        self.database = database
        self.keyEncryptionBox = keyEncryptionBox
    }

    public func seal(_ secret: String, of merchant: MerchantID, table: String, column: String, row: UUID) async throws -> [UInt8] {
        try await box(of: merchant).seal(Data(secret.utf8), at: .init(merchant: merchant, table: table, column: column, row: row))
    }

    public func open(_ sealed: [UInt8], of merchant: MerchantID, table: String, column: String, row: UUID) async throws -> Secret<String> {
        let bytes = try await box(of: merchant).open(sealed, at: .init(merchant: merchant, table: table, column: column, row: row))
        return Secret(String(decoding: bytes, as: UTF8.self))
    }

    private func box(of merchant: MerchantID) async throws -> SecretBox {
        if let box = boxes.withLock({ $0[merchant] }) { return box }
        let wrapped = try await database.tenant(merchant) { tx in MerchantDataKeyRepository(tx).wrappedKey() }
        guard let wrapped else { throw DomainError.notFound("merchant") }
        let box = try keyEncryptionBox.dataBox(for: merchant, wrappedKey: wrapped)
        boxes.withLock { $0[merchant] = box }
        return box
    }
}
