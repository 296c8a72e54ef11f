import Core
import Testing

@testable import Messaging

@Suite("What goes to the Cloud API")
struct MetaMessageBodyTests {
    private func body(
        _ content: OutboundContent,
        to recipient: OutboundMessage.Recipient = .waID("+966500000001"),
        quoted: String? = nil,
        reactionTarget: String? = nil
    ) -> (
        String, MessageID
    ) {
        let id = MessageID.new()
        let message = OutboundMessage(
            id: id,
            recipient: recipient,
            content: content,
            quotedProviderMessageID: quoted,
            reactionTarget: reactionTarget
        )
        return (String(decoding: MetaMessageBody.bytes(of: message), as: UTF8.self), id)
    }

    @Test("A9: every kind", arguments: ContentSamples.all)
    func kinds(_ sample: ContentSamples.Sample) throws {
        let content = try OutboundContent(body: JSONDocument(parsing: sample.api).root)
        let (text, id) = body(content)
        let head =
            #"{"messaging_product":"whatsapp","recipient_type":"individual","to":"966500000001","biz_opaque_callback_data":"\#(id)","#
        #expect(text == head + sample.meta + "}")
        #expect(throws: Never.self) { try JSONDocument(parsing: text) }
    }

    @Test("B13: recipients")
    func recipients() throws {
        let content = OutboundContent.text(body: "x", previewURL: false)
        #expect(body(content, to: .userID("SA.1")).0.contains(#""recipient_type":"individual","recipient":"SA.1","#))
        #expect(body(content, to: .group("G1")).0.contains(#""recipient_type":"group","to":"G1","#))
        #expect(OutboundMessage.Recipient(waID: "1", userID: "SA.1") == .waID("1"))
        #expect(OutboundMessage.Recipient(waID: nil, userID: "SA.1") == .userID("SA.1"))
        #expect(OutboundMessage.Recipient(waID: "1", userID: nil, groupID: "G") == .group("G"))
        #expect(OutboundMessage.Recipient(waID: nil, userID: nil) == nil)
    }

    @Test("C6: quotes and reactions point to the provider's message")
    func references() {
        #expect(body(.text(body: "x", previewURL: false), quoted: "wamid.q").0.contains(#""context":{"message_id":"wamid.q"}"#))
        #expect(body(.reaction(messageID: "ours", emoji: "👍"), reactionTarget: "wamid.t").0.contains(#""message_id":"wamid.t""#))
    }

    @Test("C6: read receipts")
    func read() {
        #expect(
            String(decoding: MetaMessageBody.bytes(markingRead: "wamid.in", typing: true), as: UTF8.self)
                == #"{"messaging_product":"whatsapp","status":"read","message_id":"wamid.in","typing_indicator":{"type":"text"}}"#
        )
        #expect(!String(decoding: MetaMessageBody.bytes(markingRead: "w", typing: false), as: UTF8.self).contains("typing"))
    }

    @Test(arguments: [
        (0.0, "0.0"), (-0.0000001, "-0.0000001"), (24.7136, "24.7136"), (-180.0, "-180.0"), (0.00000001, "0.0"),
        (46.67531234567, "46.6753123"),
    ])
    func degrees(_ value: Double, _ text: String) {
        #expect(MetaMessageBody.degrees(value) == text)
    }
}
