import Core
import Foundation
import Messaging
import Testing

@Suite("B5, B6: what Meta says in our own terms")
struct MetaInboundTests {
    private func update(_ text: String) throws -> InboundUpdate {
        let updates = MetaWebhook.split(try MetaWebhook.document(Array(text.utf8)))
        try #require(updates.count == 1)
        return MetaInbound.update(from: updates[0].payload)
    }

    private func message(_ text: String) throws -> InboundMessage {
        guard case .message(let message) = try update(text) else { throw NotAMessage() }
        return message
    }

    private struct NotAMessage: Error {}

    @Test("B5: each type", arguments: MetaFixtures.samples)
    func types(_ sample: MetaFixtures.Sample) throws {
        let message = try message(MetaFixtures.message(sample.source))
        #expect(message.content.type.rawValue == sample.type)
        #expect(message.content.json == sample.json)
        #expect(message.providerMessageID == "wamid.HBgM1")
        #expect(message.contact.phoneNumber?.e164 == "+966500000001")
        #expect(message.contact.waID == "966500000001")
        #expect(message.contact.userID == "SA.134")
        #expect(message.contact.name == "Sara 🍕")
        #expect(message.providerTimestamp == Timestamp(unixSeconds: 1_760_000_000))
    }

    @Test("B5: what is not understood is kept raw and shown as such", arguments: MetaFixtures.rawSamples)
    func notUnderstood(_ sample: MetaFixtures.Sample) throws {
        let message = try message(MetaFixtures.message(sample.source))
        #expect(message.content.type.rawValue == sample.type)
        #expect(message.content.json.hasPrefix(sample.json), "\(message.content.json)")
        let raw = try #require(message.content.value?["raw"])
        #expect(raw.rawText == message.raw)
        #expect(raw["id"]?.string == "wamid.HBgM1")
    }

    @Test("B5: nothing is dropped from the raw message")
    func raw() throws {
        let source = #""origin":"contact_request","new_thing":{"a":[1,2.50,"x\/y"]},"type":"text","text":{"body":"b"}"#
        let raw = try message(MetaFixtures.message(source)).raw
        let theirs =
            try JSONSerialization.jsonObject(
                with: Data(#"{"from":"966500000001","id":"wamid.HBgM1","timestamp":"1760000000",\#(source)}"#.utf8)
            ) as? NSDictionary
        #expect(try JSONSerialization.jsonObject(with: Data(raw.utf8)) as? NSDictionary == theirs)
    }

    @Test func contexts() throws {
        let text = #""type":"text","text":{"body":"b"}"#
        let quote = try message(MetaFixtures.message(#""context":{"from":"9","id":"wamid.q"},"# + text))
        #expect(quote.quotedProviderMessageID == "wamid.q")
        #expect(!quote.isForwarded)
        let forwarded = try message(MetaFixtures.message(#""context":{"forwarded":true},"# + text))
        #expect(forwarded.isForwarded && !forwarded.isFrequentlyForwarded && forwarded.quotedProviderMessageID == nil)
        let often = try message(MetaFixtures.message(#""context":{"frequently_forwarded":true},"# + text))
        #expect(often.isForwarded && often.isFrequentlyForwarded)
        let product = try message(
            MetaFixtures.message(
                #""context":{"from":"9","id":"w","referred_product":{"catalog_id":"1","product_retailer_id":"B"}},"# + text
            )
        )
        #expect(product.referredProduct == #"{"catalogId":"1","productRetailerId":"B"}"#)
        let referral = try message(
            MetaFixtures.message(
                #""referral":{"source_url":"https:\/\/fb.me\/x","source_type":"ad","ctwa_clid":"ARA","welcome_message":{"text":"Hi!"}},"#
                    + text
            )
        )
        #expect(referral.referral == #"{"sourceUrl":"https://fb.me/x","sourceType":"ad","ctwaClid":"ARA","welcomeMessage":{"text":"Hi!"}}"#)
    }

    @Test("B5: reactions are typed")
    func reactions() throws {
        let added = try message(MetaFixtures.message(#""type":"reaction","reaction":{"message_id":"wamid.s","emoji":"\ud83d\udc4d"}"#))
        #expect(added.reaction?.providerMessageID == "wamid.s")
        #expect(added.reaction?.emoji == "👍")
        for form in [#"{"message_id":"wamid.s"}"#, #"{"message_id":"wamid.s","emoji":""}"#] {
            let removed = try message(MetaFixtures.message(#""type":"reaction","reaction":\#(form)"#))
            #expect(removed.reaction?.providerMessageID == "wamid.s")
            #expect(removed.reaction?.emoji == nil)
        }
    }

    @Test("B5: edits and deletions")
    func editAndRevoke() throws {
        let edit =
            #""type":"edit","edit":{"original_message_id":"wamid.old","message":{"type":"text","text":{"body":"new"},"context":{"id":"M0"}}}"#
        guard case .edit(let message, let original) = try update(MetaFixtures.message(edit)) else { throw NotAMessage() }
        #expect(original == "wamid.old")
        #expect(message.content == .text("new"))
        #expect(message.quotedProviderMessageID == "M0")
        guard
            case .revoke(let revoked, "wamid.old") = try update(
                MetaFixtures.message(#""type":"revoke","revoke":{"original_message_id":"wamid.old"}"#)
            )
        else {
            throw NotAMessage()
        }
        #expect(revoked.content.type == .revoke)
        // Without the original's id it is still shown.
        #expect(try self.message(MetaFixtures.message(#""type":"revoke","revoke":{}"#)).content.type == .revoke)
        #expect(try self.message(MetaFixtures.message(#""type":"edit""#)).content.type == .unsupported)
    }

    @Test("B13: a changed number and a changed user id")
    func identityChanges() throws {
        let number = #""type":"system","system":{"body":"User A changed","wa_id":"966510000002","type":"user_changed_number"}"#
        let text = MetaFixtures.webhook(
            value: MetaFixtures.value(#""messages":[{"from":"966500000001","id":"w","timestamp":"1",\#(number)}]"#, contacts: nil)
        )
        guard case .identityChange(let message, let new) = try update(text) else { throw NotAMessage() }
        #expect(message.contact.waID == "966500000001")
        #expect(new.waID == "966510000002")
        #expect(new.phoneNumber?.e164 == "+966510000002")
        #expect(message.content.type == .system)
        guard
            case .identityChange(_, let user) = try update(
                MetaFixtures.message(#""type":"system","system":{"type":"user_changed_user_id","user_id":"SA.2"}"#)
            )
        else {
            throw NotAMessage()
        }
        #expect(user == ContactIdentity(userID: "SA.2"))
    }

    @Test("B13: a contact without a number")
    func withoutNumber() throws {
        let contacts = #"[{"profile":{"name":"Sara","username":"sara.eats"},"user_id":"SA.1","parent_user_id":"SA.P"}]"#
        let value = MetaFixtures.value(
            #""messages":[{"from_user_id":"SA.1","id":"w","timestamp":1760000000,"type":"text","text":{"body":"x"}}]"#,
            contacts: contacts
        )
        let message = try message(MetaFixtures.webhook(value: value))
        #expect(message.contact == ContactIdentity(userID: "SA.1", parentUserID: "SA.P", name: "Sara", username: "sara.eats"))
        #expect(message.providerTimestamp == Timestamp(unixSeconds: 1_760_000_000))
        #expect(message.contact.isKnown)
    }

    @Test("C12: a group's message knows its group and its writer")
    func group() throws {
        let message = try message(MetaFixtures.message(#""group_id":"G1","type":"text","text":{"body":"x"}"#))
        #expect(message.groupID == "G1")
        #expect(message.contact.waID == "966500000001")
    }

    @Test("Columns' bounds hold whatever comes")
    func bounds() throws {
        let long = String(repeating: "n", count: 5000)
        let contacts = #"[{"profile":{"name":"\#(long)"},"wa_id":"966500000001"}]"#
        let value = MetaFixtures.value(
            #""messages":[{"from":"966500000001","id":"w","timestamp":"99999999999999999999","type":"text","text":{"body":"x\u0000"},"group_id":"\#(long)"}]"#,
            contacts: contacts
        )
        let message = try message(MetaFixtures.webhook(value: value))
        #expect(message.contact.name?.count == 300)
        #expect(message.groupID == nil)
        #expect(message.providerTimestamp == nil)
        #expect(message.content.words == "x\u{fffd}")
        #expect(!message.raw.contains("\\u0000"))
    }

    @Test("B6: a status with everything")
    func status() throws {
        let source =
            #""id":"wamid.sent","status":"failed","timestamp":"1760000001","recipient_id":"966500000001","recipient_user_id":"SA.1349","biz_opaque_callback_data":"0190","conversation":{"id":"8f84","origin":{"type":"utility"}},"pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"utility"},"errors":[{"code":131047,"title":"Re-engagement message","message":"m","error_data":{"details":"24 hours"},"href":"https:\/\/x"}]"#
        guard case .status(let status) = try update(MetaFixtures.status(source)) else { throw NotAMessage() }
        #expect(status.providerMessageID == "wamid.sent")
        #expect(status.status == .failed)
        #expect(status.correlation == "0190")
        #expect(status.recipient.waID == "966500000001")
        #expect(status.recipient.userID == "SA.1349")
        #expect(status.pricing == #"{"billable":true,"pricingModel":"PMP","type":"regular","category":"utility"}"#)
        #expect(status.errors == [ProviderError(code: 131047, title: "Re-engagement message", details: "24 hours")])
        #expect(status.raw.contains("8f84"))
        #expect(status.groupID == nil)
    }

    @Test(
        "B6: each status; what is none is kept as unknown",
        arguments: ["sent", "delivered", "read", "played", "failed", "warning", "queued", "received"]
    )
    func statuses(_ name: String) throws {
        let result = try update(MetaFixtures.status(#""id":"w","status":"\#(name)","timestamp":"1","recipient_id":"1""#))
        switch result {
        case .status(let status): #expect(status.status.rawValue == name)
        case .unknown(let json): #expect(["warning", "queued", "received"].contains(name) && json.contains(name))
        default: Issue.record("neither a status nor unknown")
        }
    }

    @Test("C12: a status of a group message names the participant")
    func groupStatus() throws {
        let source =
            #""id":"w","status":"read","timestamp":"1","recipient_id":"G1","recipient_type":"group","recipient_participant_id":"966500000002""#
        guard case .status(let status) = try update(MetaFixtures.status(source)) else { throw NotAMessage() }
        #expect(status.groupID == "G1")
        #expect(status.recipient.waID == "966500000002")
    }

    @Test("B7: preferences, echoes, errors of a number, management")
    func others() throws {
        let preference = #"{"wa_id":"966500000001","detail":"d","category":"marketing_messages","value":"stop","timestamp":1760000000}"#
        guard
            case .preference(let stop) = try update(
                MetaFixtures.webhook(value: MetaFixtures.value(#""user_preferences":[\#(preference)]"#), field: "user_preferences")
            )
        else { throw NotAMessage() }
        #expect(stop.value == "stop" && stop.category == "marketing_messages" && stop.contact.name == "Sara 🍕")

        let echo = #"{"from":"966500000099","to":"966500000001","id":"wamid.e","timestamp":"1","type":"text","text":{"body":"x"}}"#
        guard
            case .echo(let echoed) = try update(
                MetaFixtures.webhook(value: MetaFixtures.value(#""message_echoes":[\#(echo)]"#), field: "smb_message_echoes")
            )
        else { throw NotAMessage() }
        #expect(echoed.contact.waID == "966500000001" && echoed.content == .text("x"))

        let error = #"{"code":130429,"title":"Rate limit hit","error_data":{"details":"d"}}"#
        guard
            case .channelError([ProviderError(code: 130429, title: "Rate limit hit", details: "d")], error) = try update(
                MetaFixtures.webhook(value: MetaFixtures.value(#""errors":[\#(error)]"#, contacts: nil))
            )
        else { throw NotAMessage() }

        // The documentation shows quality news under the other name.
        let quality = MetaFixtures.webhook(
            value: #"{"new_quality_score":"RED","message_template_id":594425594425594425}"#,
            field: "message_template_status_update"
        )
        guard case .management("message_template_quality_update", let json) = try update(quality) else { throw NotAMessage() }
        #expect(json.contains("594425594425594425"))
    }

    @Test("M1: unreadable bytes are kept")
    func unreadable() {
        guard case .unknown(let json) = MetaInbound.update(from: [0x7b, 0xff, 0x00]) else {
            Issue.record("was understood")
            return
        }
        #expect(throws: Never.self) { try JSONDocument(parsing: json) }
    }
}
