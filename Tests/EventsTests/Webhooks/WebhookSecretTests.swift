import Core
import Foundation
import Testing

@testable import Events

@Suite struct WebhookSecretTests {
    @Test("H3: the signature of Standard Webhooks' own example", arguments: ["", "whsec_"])
    func vector(prefix: String) throws {
        let secret = try #require(WebhookSecret(Secret(prefix + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
        let signature = secret.signature(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: #"{"test": 2432232314}"#.utf8)
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test("A new secret is whsec_ and 32 random bytes, and opens as itself")
    func new() throws {
        let (one, other) = (WebhookSecret(), WebhookSecret())
        #expect(one.text.reveal().hasPrefix("whsec_"))
        #expect(Data(base64Encoded: String(one.text.reveal().dropFirst(6)))?.count == 32)
        #expect(one.text.reveal() != other.text.reveal())
        let again = try #require(WebhookSecret(one.text))
        #expect(again.signature(id: "a", timestamp: 1, body: []) == one.signature(id: "a", timestamp: 1, body: []))
        #expect(other.signature(id: "a", timestamp: 1, body: []) != one.signature(id: "a", timestamp: 1, body: []))
    }

    @Test(
        "What is no secret of 24 to 64 bytes in base64 is none",
        arguments: ["", "whsec_", "whsec_AAAA", "whsec_!!!!", "whsec_" + String(repeating: "A", count: 200)]
    )
    func wrong(text: String) {
        #expect(WebhookSecret(Secret(text)) == nil)
    }

    @Test("Every secret signs, the current one first, and the fields are those of the specification")
    func headers() {
        let secrets = [WebhookSecret(), WebhookSecret()]
        let time = Timestamp(microseconds: 1_789_000_000_900_000)
        let fields = StandardWebhook.headers(id: "e", at: time, body: Array("{}".utf8), secrets: secrets)
        let values = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.value) })
        #expect(values["webhook-id"] == "e")
        #expect(values["webhook-timestamp"] == "1789000000")
        #expect(values["content-type"] == "application/json")
        #expect(
            values["webhook-signature"]
                == secrets.map { $0.signature(id: "e", timestamp: 1_789_000_000, body: "{}".utf8) }.joined(separator: " ")
        )
    }
}
