import Core
import Crypto
import Foundation
import NIOHTTP1

extension Installation {
    /// A webhook as Meta would send it, signed over its bytes (or over those of another body).
    func webhook(_ body: String, signedAs other: String? = nil, secret: String) async throws -> Answer {
        let code = HMAC<SHA256>.authenticationCode(for: Data((other ?? body).utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return try await request(
            .POST,
            "/webhooks/meta",
            headers: [("X-Hub-Signature-256", "sha256=" + Array(code).hexadecimal)],
            json: body
        )
    }
}
