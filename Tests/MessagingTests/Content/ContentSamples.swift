/// What a client sends, and what goes to Meta for it (`providers.md` A9).
enum ContentSamples {
    struct Sample: Sendable, CustomStringConvertible {
        let api: String
        let meta: String
        var description: String { String(api.prefix(100)) }
        init(_ api: String, _ meta: String) {
            self.api = api
            self.meta = meta
        }
    }

    private static func interactive(_ api: String, _ meta: String) -> Sample {
        Sample(#"{"type":"interactive","interactive":{\#(api)}}"#, #""type":"interactive","interactive":{\#(meta)}"#)
    }

    static let all: [Sample] = [
        Sample(#"{"type":"text","text":{"body":"مرحبا \"x\""}}"#, #""type":"text","text":{"preview_url":false,"body":"مرحبا \"x\""}"#),
        Sample(#"{"type":"text","text":{"body":"x","previewUrl":true}}"#, #""type":"text","text":{"preview_url":true,"body":"x"}"#),
        Sample(#"{"type":"image","image":{"mediaId":"M","caption":"c"}}"#, #""type":"image","image":{"id":"M","caption":"c"}"#),
        Sample(#"{"type":"image","image":{"link":"https://cdn.sa/x.jpg"}}"#, #""type":"image","image":{"link":"https://cdn.sa/x.jpg"}"#),
        Sample(#"{"type":"video","video":{"mediaId":"M","caption":"c"}}"#, #""type":"video","video":{"id":"M","caption":"c"}"#),
        Sample(#"{"type":"audio","audio":{"mediaId":"M","voice":true}}"#, #""type":"audio","audio":{"id":"M","voice":true}"#),
        Sample(
            #"{"type":"document","document":{"mediaId":"M","caption":"c","filename":"menu.pdf"}}"#,
            #""type":"document","document":{"id":"M","caption":"c","filename":"menu.pdf"}"#
        ),
        Sample(#"{"type":"sticker","sticker":{"mediaId":"M"}}"#, #""type":"sticker","sticker":{"id":"M"}"#),
        Sample(
            #"{"type":"location","location":{"latitude":24.7136,"longitude":-0.5,"name":"Branch 1","address":"Olaya"}}"#,
            #""type":"location","location":{"latitude":"24.7136","longitude":"-0.5","name":"Branch 1","address":"Olaya"}"#
        ),
        Sample(
            #"{"type":"contacts","contacts":[{"name":{"formattedName":"Branch","firstName":"B"},"phones":[{"phone":"+966500000099","type":"WORK","waId":"966500000099"}],"addresses":[{"street":"Olaya","countryCode":"SA"}],"org":{"company":"Maitre"},"birthday":"1990-01-31"}]}"#,
            #""type":"contacts","contacts":[{"name":{"formatted_name":"Branch","first_name":"B"},"phones":[{"phone":"+966500000099","type":"WORK","wa_id":"966500000099"}],"addresses":[{"street":"Olaya","country_code":"SA"}],"org":{"company":"Maitre"},"birthday":"1990-01-31"}]"#
        ),
        Sample(
            #"{"type":"reaction","reaction":{"messageId":"wamid.in","emoji":"👍"}}"#,
            #""type":"reaction","reaction":{"message_id":"wamid.in","emoji":"👍"}"#
        ),
        Sample(
            #"{"type":"reaction","reaction":{"messageId":"wamid.in","emoji":""}}"#,
            #""type":"reaction","reaction":{"message_id":"wamid.in","emoji":""}"#
        ),
        interactive(
            #""type":"button","header":{"type":"image","image":{"mediaId":"M"}},"body":"b","footer":"f","buttons":[{"id":"ok","title":"Confirm"}]"#,
            #""type":"button","header":{"type":"image","image":{"id":"M"}},"body":{"text":"b"},"footer":{"text":"f"},"action":{"buttons":[{"type":"reply","reply":{"id":"ok","title":"Confirm"}}]}"#
        ),
        interactive(
            #""type":"list","header":{"type":"text","text":"Menu"},"body":"b","button":"Choose","sections":[{"title":"Mains","rows":[{"id":"i7","title":"Kabsa","description":"SAR 32"},{"id":"i8","title":"Ruz"}]}]"#,
            #""type":"list","header":{"type":"text","text":"Menu"},"body":{"text":"b"},"action":{"button":"Choose","sections":[{"title":"Mains","rows":[{"id":"i7","title":"Kabsa","description":"SAR 32"},{"id":"i8","title":"Ruz"}]}]}"#
        ),
        interactive(
            #""type":"cta_url","body":"b","displayText":"Pay now","url":"https://pay.sa/1""#,
            #""type":"cta_url","body":{"text":"b"},"action":{"name":"cta_url","parameters":{"display_text":"Pay now","url":"https://pay.sa/1"}}"#
        ),
        interactive(
            #""type":"location_request","body":"b""#,
            #""type":"location_request_message","body":{"text":"b"},"action":{"name":"send_location"}"#
        ),
        interactive(
            #""type":"product","catalogId":"354","productRetailerId":"BURGER""#,
            #""type":"product","action":{"catalog_id":"354","product_retailer_id":"BURGER"}"#
        ),
        interactive(
            #""type":"product_list","header":{"type":"text","text":"Menu"},"body":"b","catalogId":"354","sections":[{"title":"Mains","productRetailerIds":["BURGER"]}]"#,
            #""type":"product_list","header":{"type":"text","text":"Menu"},"body":{"text":"b"},"action":{"catalog_id":"354","sections":[{"title":"Mains","product_items":[{"product_retailer_id":"BURGER"}]}]}"#
        ),
        interactive(
            #""type":"catalog","body":"b","thumbnailProductRetailerId":"BURGER""#,
            #""type":"catalog_message","body":{"text":"b"},"action":{"name":"catalog_message","parameters":{"thumbnail_product_retailer_id":"BURGER"}}"#
        ),
        interactive(
            #""type":"flow","body":"b","flow":{"id":"123","label":"Open","token":"tok","mode":"published","action":"navigate","screen":"START","data":{"k_x":"v"}}"#,
            #""type":"flow","body":{"text":"b"},"action":{"name":"flow","parameters":{"flow_message_version":"3","flow_id":"123","flow_cta":"Open","flow_token":"tok","mode":"published","flow_action":"navigate","flow_action_payload":{"screen":"START","data":{"k_x":"v"}}}}"#
        ),
        Sample(
            #"{"type":"template","template":{"name":"hello","language":"en_US"}}"#,
            #""type":"template","template":{"name":"hello","language":{"code":"en_US"}}"#
        ),
        Sample(
            #"{"type":"template","template":{"name":"order_ready","language":"ar","components":[{"type":"header","parameters":[{"type":"image","image":{"link":"https://x.sa/i"}}]},{"type":"body","parameters":[{"type":"text","text":"Sara","parameterName":"customer"},{"type":"currency","currency":{"fallbackValue":"SAR 45.50","code":"SAR","amount1000":45500}},{"type":"date_time","dateTime":{"fallbackValue":"8 pm"}}]},{"type":"button","subType":"quick_reply","index":0,"parameters":[{"type":"payload","payload":"TRACK_42"}]},{"type":"button","subType":"flow","index":2,"parameters":[{"type":"action","action":{"flowToken":"tok","flowActionData":{"k_x":1}}}]},{"type":"button","subType":"copy_code","index":3,"parameters":[{"type":"coupon_code","couponCode":"X"}]}]}}"#,
            #""type":"template","template":{"name":"order_ready","language":{"code":"ar"},"components":[{"type":"header","parameters":[{"type":"image","image":{"link":"https://x.sa/i"}}]},{"type":"body","parameters":[{"type":"text","parameter_name":"customer","text":"Sara"},{"type":"currency","currency":{"fallback_value":"SAR 45.50","code":"SAR","amount_1000":45500}},{"type":"date_time","date_time":{"fallback_value":"8 pm"}}]},{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"TRACK_42"}]},{"type":"button","sub_type":"flow","index":"2","parameters":[{"type":"action","action":{"flow_token":"tok","flow_action_data":{"k_x":1}}}]},{"type":"button","sub_type":"copy_code","index":"3","parameters":[{"type":"coupon_code","coupon_code":"X"}]}]}"#
        ),
    ]
}
