import Core
import Foundation
import Logging
import Postgres
import Synchronization

/// Seals and opens a merchant's provider secrets with its data key (`api.md` 3). What does not open is alarmed.
///
/// Unwrapped data keys are cached: they never change while the process lives, and unwrapping one costs a query.
public final class MerchantSecrets: Sendable {
    private let database: TenantDatabase
    private let keyEncryptionBox: SecretBox
    private let alarm: SecretAlarm
    private let boxes = Mutex<[MerchantID: SecretBox]>([:])

    public init(
        database: TenantDatabase,
        keyEncryptionBox: SecretBox,
        alarm: SecretAlarm = SecretAlarm(trail: nil, logger: Logger(label: "maitre"))
    ) {
        self.database = database
        self.keyEncryptionBox = keyEncryptionBox
        self.alarm = alarm
    }

    public func seal(_ secret: String, of merchant: MerchantID, table: String, column: String, row: UUID) async throws -> [UInt8] {
        try await box(of: merchant).seal(Data(secret.utf8), at: .init(merchant: merchant, table: table, column: column, row: row))
    }

    public func open(_ sealed: [UInt8], of merchant: MerchantID, table: String, column: String, row: UUID) async throws -> Secret<String> {
        let box = try await box(of: merchant)
        do {
            let bytes = try box.open(sealed, at: .init(merchant: merchant, table: table, column: column, row: row))
            return Secret(String(decoding: bytes, as: UTF8.self))
        } catch let failure as SecretBox.Failure {
            alarm.raise(failure, table: table, column: column, row: row, of: merchant)
            throw failure
        }
    }

    private func box(of merchant: MerchantID) async throws -> SecretBox {
        if let box = boxes.withLock({ $0[merchant] }) { return box }
        let wrapped = try await database.tenant(merchant) { tx in MerchantDataKeyRepository(tx).wrappedKey() }
        guard let wrapped else { throw DomainError.notFound("merchant") }
        do {
            let box = try keyEncryptionBox.dataBox(for: merchant, wrappedKey: wrapped)
            boxes.withLock { $0[merchant] = box }
            return box
        } catch let failure as SecretBox.Failure {
            alarm.raise(failure, table: "merchant_data_keys", column: "wrapped_key", row: merchant.uuid, of: merchant)
            throw failure
        }
    }
}
