import Core
import Messaging

extension QuarantinedUpdate {
    /// Writes `QuarantinedUpdate` of `openapi.yaml`. The payload is text: it may be no JSON at all, and a reader wants it as it came.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("provider", provider)
            writer.member("providerNumberId", nullable: providerNumberID)
            writer.member("reason", reason)
            writer.member("receivedAt", receivedAt)
            writer.member("payload", String(decoding: payload, as: UTF8.self))
        }
    }
}
