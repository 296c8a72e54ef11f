import Core
import Foundation

/// A column whose values are sealed by the key-encryption key itself, and so are sealed again when that key is replaced. What merchants' data keys seal is
/// not among them: it stays as it is, only the data keys are wrapped anew.
public struct SealedColumn: Sendable {
    /// In schema `platform`.
    public let table: String
    public let column: String
    /// The column of the row's id, a UUID.
    public let id: String
    /// Where the value of a row is sealed for.
    let place: @Sendable (UUID) -> SecretBox.Place

    /// A secret of the installation, sealed at `Place(table:column:row:)`.
    public init(_ table: String, _ column: String, id: String = "id") {
        self.init(table, column, id: id) { SecretBox.Place(table: table, column: column, row: $0) }
    }

    private init(_ table: String, _ column: String, id: String, place: @escaping @Sendable (UUID) -> SecretBox.Place) {
        self.table = table
        self.column = column
        self.id = id
        self.place = place
    }

    /// Whether its rows are merchants'.
    var isMerchants: Bool { id == "merchant_id" }

    /// Every such column: a new one is a line here, and a grant of its update to `maitre_platform`.
    public static let all = [
        SealedColumn("merchant_data_keys", "wrapped_key", id: "merchant_id") { SecretBox.Place(dataKeyOf: MerchantID($0)) },
        SealedColumn("meta_apps", "secret_sealed"),
        SealedColumn("people", "totp_sealed"),
        SealedColumn("signing_keys", "private_sealed"),
        SealedColumn("emails", "content_sealed"),
        SealedColumn(SealedRequest.table, SealedRequest.column),
    ]
}
