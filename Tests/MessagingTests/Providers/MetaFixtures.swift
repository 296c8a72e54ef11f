/// Webhooks as Meta sends them; the message objects are those of `providers.md` A5.
enum MetaFixtures {
    static let number = "106540352242922"

    static func webhook(value: String, field: String = "messages", waba: String = "1029384756") -> String {
        #"{"object":"whatsapp_business_account","entry":[{"id":"\#(waba)","changes":[{"value":\#(value),"field":"\#(field)"}]}]}"#
    }

    static func value(
        _ members: String,
        contacts: String? = #"[{"profile":{"name":"Sara \ud83c\udf55"},"wa_id":"966500000001","user_id":"SA.134"}]"#
    ) -> String {
        let contacts = contacts.map { #""contacts":\#($0),"# } ?? ""
        return
            #"{"messaging_product":"whatsapp","metadata":{"display_phone_number":"966500000099","phone_number_id":"\#(number)"},\#(contacts)\#(members)}"#
    }

    /// A webhook of one message of the customer 966500000001; `content` is what stands beside `from`, `id` and `timestamp`.
    static func message(_ content: String, id: String = "wamid.HBgM1") -> String {
        webhook(value: value(#""messages":[{"from":"966500000001","id":"\#(id)","timestamp":"1760000000",\#(content)}]"#))
    }

    static func status(_ content: String, contacts: String? = nil) -> String {
        webhook(value: value(#""statuses":[{\#(content)}]"#, contacts: contacts))
    }

    struct Sample: Sendable, CustomStringConvertible {
        let source: String
        let type: String
        let json: String
        var description: String { type + " " + source.prefix(60) }

        init(_ source: String, _ type: String, _ json: String) {
            self.source = source
            self.type = type
            self.json = json
        }
    }

    static let media = #""id":"MEDIA","mime_type":"image/jpeg","sha256":"aGVsbG8=","url":"https:\/\/lookaside.fbsbx.com\/x""#
    static let mediaJSON = #""mediaId":"MEDIA","mimeType":"image/jpeg","sha256":"aGVsbG8=","url":"https://lookaside.fbsbx.com/x""#

    static let samples: [Sample] = [
        Sample(
            #""type":"text","text":{"body":"One shawarma \u0645\u0639 caf\u00e9 \ud83c\udf55 a\/b"}"#,
            "text",
            #"{"body":"One shawarma مع café 🍕 a/b"}"#
        ),
        Sample(#""type":"image","image":{\#(media),"caption":"menu"}"#, "image", #"{\#(mediaJSON),"caption":"menu"}"#),
        Sample(#""type":"video","video":{\#(media),"caption":"v"}"#, "video", #"{\#(mediaJSON),"caption":"v"}"#),
        Sample(#""type":"audio","audio":{\#(media),"voice":true}"#, "audio", #"{\#(mediaJSON),"voice":true}"#),
        Sample(#""type":"document","document":{\#(media),"filename":"cr.pdf"}"#, "document", #"{\#(mediaJSON),"filename":"cr.pdf"}"#),
        Sample(#""type":"sticker","sticker":{\#(media),"animated":false}"#, "sticker", #"{\#(mediaJSON),"animated":false}"#),
        Sample(
            #""errors":[{"code":131052,"title":"Media download error"}],"type":"image","image":{"id":"M"}"#,
            "image",
            #"{"mediaId":"M","errors":[{"code":131052,"title":"Media download error"}]}"#
        ),
        Sample(
            #""type":"location","location":{"latitude":24.7136,"longitude":46.6753,"name":"Home","address":"Olaya St","url":"https:\/\/x"}"#,
            "location",
            #"{"latitude":24.7136,"longitude":46.6753,"name":"Home","address":"Olaya St","url":"https://x"}"#
        ),
        Sample(
            #""type":"location","location":{"latitude":"24.7136","longitude":"46.6753"}"#,
            "location",
            #"{"latitude":24.7136,"longitude":46.6753}"#
        ),
        Sample(
            #""type":"contacts","contacts":[{"name":{"formatted_name":"Ali H","first_name":"Ali"},"phones":[{"phone":"+966 50","wa_id":"96650","type":"CELL"}],"org":{}}]"#,
            "contacts",
            #"[{"name":{"formattedName":"Ali H","firstName":"Ali"},"phones":[{"phone":"+966 50","waId":"96650","type":"CELL"}],"org":{}}]"#
        ),
        Sample(
            #""context":{"from":"966500000099","id":"wamid.sent"},"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"ok","title":"Confirm"}}"#,
            "interactive",
            #"{"type":"button_reply","reply":{"id":"ok","title":"Confirm"}}"#
        ),
        Sample(
            #""type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"item:7","title":"Kabsa","description":"SAR 32"}}"#,
            "interactive",
            #"{"type":"list_reply","reply":{"id":"item:7","title":"Kabsa","description":"SAR 32"}}"#
        ),
        Sample(
            #""type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{\"flow_token\":\"tok\",\"branch\":\"2\"}"}}"#,
            "interactive",
            #"{"type":"nfm_reply","reply":{"name":"flow","body":"Sent","responseJson":"{\"flow_token\":\"tok\",\"branch\":\"2\"}","response":{"flow_token":"tok","branch":"2"}}}"#
        ),
        Sample(
            #""type":"button","button":{"payload":"TRACK_42","text":"Track order"}"#,
            "button",
            #"{"payload":"TRACK_42","text":"Track order"}"#
        ),
        Sample(
            #""type":"order","order":{"catalog_id":"354","text":"","product_items":[{"product_retailer_id":"BURGER","quantity":2,"item_price":30.50,"currency":"SAR"}]}"#,
            "order",
            #"{"catalogId":"354","text":"","productItems":[{"productRetailerId":"BURGER","quantity":2,"itemPrice":30.50,"currency":"SAR"}]}"#
        ),
        Sample(
            #""type":"reaction","reaction":{"message_id":"wamid.sent","emoji":"\ud83d\udc4d"}"#,
            "reaction",
            #"{"messageId":"wamid.sent","emoji":"👍"}"#
        ),
        Sample(#""type":"reaction","reaction":{"message_id":"wamid.sent"}"#, "reaction", #"{"messageId":"wamid.sent","emoji":""}"#),
        Sample(
            #""identity":{"acknowledged":true,"created_timestamp":"1","hash":"h"},"type":"system","system":{"body":"changed","type":"customer_identity_changed"}"#,
            "system",
            #"{"body":"changed","type":"customer_identity_changed","identity":{"acknowledged":true,"createdTimestamp":"1","hash":"h"}}"#
        ),
        Sample(#""type":"request_welcome""#, "request_welcome", "{}"),
    ]

    /// Samples whose content keeps the whole message under `raw`, with the type they get.
    static let rawSamples: [Sample] = [
        Sample(
            #""type":"unsupported","errors":[{"code":131051,"title":"Message type unknown","error_data":{"details":"no"}}],"unsupported":{"type":"poll"}"#,
            "unsupported",
            #"{"kind":"poll","errors":[{"code":131051,"title":"Message type unknown","errorData":{"details":"no"}}],"raw":"#
        ),
        Sample(#""type":"unknown""#, "unknown", #"{"raw":"#),
        Sample(#""type":"hologram","hologram":{"x":1}"#, "unknown", #"{"kind":"hologram","raw":"#),
        Sample(#""kind":"no type""#, "unknown", #"{"raw":"#),
        Sample(#""type":7"#, "unknown", #"{"raw":"#),
        Sample(#""type":"text""#, "unsupported", #"{"kind":"text","raw":"#),
        Sample(#""type":"text","text":"hi""#, "unsupported", #"{"kind":"text","raw":"#),
        Sample(#""type":"contacts","contacts":{}"#, "unsupported", #"{"kind":"contacts","raw":"#),
        Sample(#""type":"interactive","interactive":{"type":"button_reply"}"#, "unsupported", #"{"kind":"interactive","raw":"#),
        Sample(#""type":"interactive""#, "unsupported", #"{"kind":"interactive","raw":"#),
    ]

    static let management: [(field: String, value: String)] = [
        (
            "message_template_status_update",
            #"{"event":"REJECTED","message_template_id":594425594425594425,"message_template_name":"order_ready","message_template_language":"ar","reason":"INVALID_FORMAT"}"#
        ),
        (
            "message_template_quality_update",
            #"{"previous_quality_score":"GREEN","new_quality_score":"YELLOW","message_template_id":594425}"#
        ),
        ("template_category_update", #"{"message_template_id":594425,"correct_category":"MARKETING","new_category":"UTILITY"}"#),
        ("template_category_update", #"{"message_template_id":594425,"previous_category":"UTILITY","new_category":"MARKETING"}"#),
        (
            "account_update",
            #"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"SCHEDULE_FOR_DISABLE","waba_ban_date":"December 1, 2026"}}"#
        ),
        (
            "account_update",
            #"{"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"RESTRICTED_BIZ_INITIATED_MESSAGING","expiration":1760000000}]}"#
        ),
        ("account_update", #"{"event":"PARTNER_ADDED","waba_info":{"waba_id":"1","owner_business_id":"2"}}"#),
        (
            "phone_number_quality_update",
            #"{"display_phone_number":"966500000099","event":"THROUGHPUT_UPGRADE","current_limit":"TIER_100K"}"#
        ),
        (
            "phone_number_name_update",
            #"{"display_phone_number":"9","decision":"APPROVED","requested_verified_name":"x","rejection_reason":"NONE"}"#
        ),
        ("business_capability_update", #"{"max_daily_conversations_per_business":2000,"max_phone_numbers_per_business":20}"#),
        ("account_review_update", #"{"decision":"APPROVED"}"#),
        ("account_alerts", #"{"entity_type":"BUSINESS","entity_id":"1","alert_info":{"alert_severity":"INFORMATIONAL"}}"#),
        ("security", #"{"display_phone_number":"9","event":"PIN_CHANGED","requester":"1"}"#),
        ("a_field_of_next_year", #"{"anything":true}"#),
    ]
}
