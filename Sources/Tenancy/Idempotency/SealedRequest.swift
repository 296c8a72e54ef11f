import Core
import Foundation

/// A request whose answer is kept sealed, for the credential that sent it.
///
/// For the credential and not for its person: another token of the same person may be narrower than the one that the answer holds.
public struct SealedRequest: Sendable {
    let request: IdempotentRequest
    /// The key, token or session that asks.
    let asking: CredentialID
    let merchant: MerchantID?
    /// Of the row: a hash of everything that makes this request itself.
    let id: UUID
    private let box: SecretBox
    private let alarm: SecretAlarm

    init(_ request: IdempotentRequest, by principal: Principal, box: SecretBox, alarm: SecretAlarm) {
        self.request = request
        asking = principal.credential
        merchant = principal.merchant
        id = UUID(digest: request.digest(of: "credential \(principal.credential) at \(principal.merchant?.description ?? "no restaurant")"))
        self.box = box
        self.alarm = alarm
    }

    var lockNumber: Int64 { withUnsafeBytes(of: id.uuid) { Array($0) }.lockNumber }

    func seal(_ body: [UInt8]) throws -> [UInt8] { try box.seal(body, at: place) }

    /// - Throws: `SecretBox.Failure`, alarmed, when it was sealed for another request or changed.
    func open(_ sealed: [UInt8]) throws -> [UInt8] {
        do {
            return try box.open(sealed, at: place)
        } catch let failure as SecretBox.Failure {
            alarm.raise(failure, table: Self.table, column: Self.column, row: id, of: merchant)
            throw failure
        }
    }

    private var place: SecretBox.Place { SecretBox.Place(table: Self.table, column: Self.column, row: id) }

    static let table = "idempotency_keys"
    static let column = "body_sealed"
}

extension UUID {
    /// A version 8 UUID, which is for everybody's own purposes, of the first bytes of a digest.
    fileprivate init(digest: [UInt8]) {
        var bytes = Array(digest.prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        self = bytes.withUnsafeBytes { $0.loadUnaligned(as: UUID.self) }
    }
}
