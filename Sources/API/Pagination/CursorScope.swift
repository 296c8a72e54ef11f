import Core
import Foundation

/// What a cursor is bound to: whose list, which list, with which filters.
public struct CursorScope: Sendable {
    let bytes: [UInt8]

    /// - Parameters:
    ///   - list: the operation's id in `openapi.yaml`.
    ///   - merchant: nil for lists of the whole installation.
    ///   - filters: every filter that changes which rows there are or their order; not `limit`.
    public init(list: String, merchant: MerchantID?, filters: [(name: String, value: String?)] = []) {
        // Every part with its length before it, so that no two scopes have the same bytes.
        var bytes: [UInt8] = []
        func put(_ text: String) {
            withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: text.utf8)
        }
        put(list)
        put(merchant?.description ?? "")
        for (name, value) in filters.sorted(by: { $0.name < $1.name }) {
            guard let value else { continue }
            put(name)
            put(value)
        }
        self.bytes = bytes
    }
}
