import Core
import Crypto
import Foundation

/// `X-Hub-Signature-256`: HMAC-SHA256 of the exact body bytes under the app's secret, `sha256=` and 64 lower-case hexadecimal digits.
public struct WebhookSignature: Sendable {
    private let key: SymmetricKey

    public init(appSecret: Secret<String>) {
        key = SymmetricKey(data: Data(appSecret.reveal().utf8))
    }

    /// The header's value for `body`.
    public func header(for body: [UInt8]) -> String {
        "sha256=" + HMAC<SHA256>.authenticationCode(for: body, using: key).hexadecimal
    }
}
