import Core
import Messaging
import Testing

@Suite("B2: webhooks of Meta taken apart")
struct MetaWebhookTests {
    private func split(_ text: String) throws -> [MetaUpdate] {
        MetaWebhook.split(try MetaWebhook.document(Array(text.utf8)))
    }

    private func only(_ text: String) throws -> MetaUpdate {
        let updates = try split(text)
        try #require(updates.count == 1)
        return updates[0]
    }

    @Test("B5: each message type is one update", arguments: MetaFixtures.samples + MetaFixtures.rawSamples)
    func message(_ sample: MetaFixtures.Sample) throws {
        let update = try only(MetaFixtures.message(sample.source))
        #expect(update.kind == .message)
        #expect(update.phoneNumberID == MetaFixtures.number)
        #expect(update.wabaID == "1029384756")
        #expect(update.field == "messages")
        #expect(update.contactKey == "966500000001")
        #expect(update.dedupeKey == "wamid.HBgM1")
        #expect(update.timestamp == Timestamp(unixSeconds: 1_760_000_000))
        let envelope = try JSONDocument(parsing: update.payload).root
        #expect(envelope.members.map(\.key) == ["field", "wabaId", "metadata", "contact", "message"])
        #expect(envelope["message"]?.rawText == #"{"from":"966500000001","id":"wamid.HBgM1","timestamp":"1760000000",\#(sample.source)}"#)
        #expect(envelope["contact"]?["wa_id"]?.string == "966500000001")
        #expect(envelope["metadata"]?["phone_number_id"]?.string == MetaFixtures.number)
    }

    @Test("B2: several tenants, several updates in one POST, in order")
    func severalTenants() throws {
        func entry(_ waba: String, _ number: String, _ ids: [String]) -> String {
            let messages = ids.map { #"{"from":"1\#(number)","id":"\#($0)","timestamp":"1","type":"text","text":{"body":"x"}}"# }.joined(
                separator: ","
            )
            return
                #"{"id":"\#(waba)","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"\#(number)"},"contacts":[],"messages":[\#(messages)]}}]}"#
        }
        let document = try MetaWebhook.document(
            Array(#"{"entry":[\#(entry("w1", "100", ["a", "b"])),\#(entry("w2", "200", ["c"])),\#(entry("w1", "100", ["d"]))]}"#.utf8)
        )
        let updates = MetaWebhook.split(document)
        #expect(updates.map(\.dedupeKey) == ["a", "b", "c", "d"])
        #expect(updates.map(\.phoneNumberID) == ["100", "100", "200", "100"])
        #expect(updates.map(\.wabaID) == ["w1", "w1", "w2", "w1"])
        #expect(MetaUpdate.phoneNumberIDs(in: document) == ["100", "200"])
        #expect(MetaWebhook.wabaIDs(in: document) == ["w1", "w2"])
    }

    @Test("B2: a thousand updates in one POST, and more", arguments: [1000, 5000])
    func many(_ count: Int) throws {
        let messages = (0..<count).map {
            #"{"from":"9665\#($0)","id":"wamid.\#($0)","timestamp":"1760000000","type":"text","text":{"body":"\#($0)"}}"#
        }
        let contacts = (0..<count).map { #"{"profile":{"name":"N\#($0)"},"wa_id":"9665\#($0)"}"# }
        let value = MetaFixtures.value(
            #""messages":[\#(messages.joined(separator: ","))]"#,
            contacts: "[\(contacts.joined(separator: ","))]"
        )
        let updates = try split(MetaFixtures.webhook(value: value))
        #expect(updates.count == count)
        #expect(Set(updates.map(\.dedupeKey)).count == count)
        let last = try JSONDocument(parsing: try #require(updates.last).payload).root
        #expect(last["contact"]?["profile"]?["name"]?.string == "N\(count - 1)")
        #expect(last["message"]?["text"]?["body"]?.string == "\(count - 1)")
    }

    @Test("B6: statuses")
    func statuses() throws {
        let update = try only(
            MetaFixtures.status(
                #""id":"wamid.sent","status":"delivered","timestamp":"1760000001","recipient_id":"966500000001","recipient_user_id":"SA.1349""#
            )
        )
        #expect(update.kind == .status)
        #expect(update.dedupeKey == "wamid.sent:delivered")
        #expect(update.contactKey == "966500000001")
        #expect(update.timestamp == Timestamp(unixSeconds: 1_760_000_001))
        let withoutNumber = try only(MetaFixtures.status(#""id":"w","status":"read","timestamp":"1","recipient_user_id":"SA.1349""#))
        #expect(withoutNumber.contactKey == "SA.1349")
        let group = try only(
            MetaFixtures.status(
                #""id":"w","status":"read","timestamp":"1","recipient_id":"G1","recipient_type":"group","recipient_participant_id":"966500000002""#
            )
        )
        #expect(group.contactKey == "G1")
        #expect(group.dedupeKey == "w:read:966500000002")
    }

    @Test("B13, C12: who a conversation is with")
    func contactKeys() throws {
        func key(_ members: String, contacts: String? = nil) throws -> String? {
            try only(
                MetaFixtures.webhook(
                    value: MetaFixtures.value(
                        #""messages":[{"id":"w","timestamp":"1","type":"text","text":{"body":"x"}\#(members)}]"#,
                        contacts: contacts
                    )
                )
            ).contactKey
        }
        #expect(try key(#","from":"96650","from_user_id":"SA.1""#) == "96650")
        #expect(try key(#","from_user_id":"SA.1""#) == "SA.1")
        #expect(try key(#","from_user_id":"SA.1""#, contacts: #"[{"user_id":"SA.1","wa_id":"96650"}]"#) == "96650")
        #expect(try key("", contacts: #"[{"user_id":"SA.9"}]"#) == "SA.9")
        #expect(try key(#","from":"96650","group_id":"G1""#) == "G1")
        #expect(try key("") == nil)
    }

    @Test("The contact that belongs to a message goes with it, and no other")
    func contacts() throws {
        let contacts =
            #"[{"profile":{"name":"B"},"wa_id":"2"},{"profile":{"name":"A"},"wa_id":"1"},{"profile":{"name":"U"},"user_id":"SA.7"}]"#
        let messages = #"{"from":"1","id":"a"},{"from":"2","id":"b"},{"from":"3","id":"c"},{"from_user_id":"SA.7","id":"d"}"#
        let updates = try split(MetaFixtures.webhook(value: MetaFixtures.value(#""messages":[\#(messages)]"#, contacts: contacts)))
        let names = try updates.map { try JSONDocument(parsing: $0.payload).root["contact"]?["profile"]?["name"]?.string }
        #expect(names == ["A", "B", nil, "U"])
    }

    @Test("B7: management fields", arguments: 0..<MetaFixtures.management.count)
    func management(_ index: Int) throws {
        let sample = MetaFixtures.management[index]
        let text =
            #"{"object":"whatsapp_business_account","entry":[{"id":"77","time":1760000000,"changes":[{"field":"\#(sample.field)","value":\#(sample.value)}]}]}"#
        let update = try only(text)
        #expect(update.kind == .management(sample.field))
        #expect(update.kind.name == "management")
        #expect(update.wabaID == "77")
        #expect(update.phoneNumberID == nil)
        #expect(update.timestamp == Timestamp(unixSeconds: 1_760_000_000))
        #expect(try JSONDocument(parsing: update.payload).root["change"]?["value"]?.rawText == sample.value)
        #expect(try only(text).dedupeKey == update.dedupeKey)
        #expect(try only(text.replacing("1760000000,\"changes", with: "1760000001,\"changes")).dedupeKey != update.dedupeKey)
    }

    @Test("B7: opt-outs, and messages from the restaurant's own phone")
    func preferencesAndEchoes() throws {
        let preference =
            #"{"wa_id":"966500000001","detail":"User requested to stop marketing messages","category":"marketing_messages","value":"stop","timestamp":1760000000}"#
        let first = try only(
            MetaFixtures.webhook(value: MetaFixtures.value(#""user_preferences":[\#(preference)]"#), field: "user_preferences")
        )
        #expect(first.kind == .preference)
        #expect(first.contactKey == "966500000001")
        #expect(first.timestamp == Timestamp(unixSeconds: 1_760_000_000))
        let echo =
            #"{"from":"966500000099","to":"966500000001","id":"wamid.e","timestamp":"1760000000","type":"text","text":{"body":"from the phone app"}}"#
        let second = try only(MetaFixtures.webhook(value: MetaFixtures.value(#""message_echoes":[\#(echo)]"#), field: "smb_message_echoes"))
        #expect(second.kind == .echo)
        #expect(second.contactKey == "966500000001")
        #expect(second.dedupeKey == "wamid.e")
    }

    @Test("Errors of a number; beside a message they go with it")
    func errors() throws {
        let error = #"{"code":130429,"title":"Rate limit hit","error_data":{"details":"d"}}"#
        let alone = try only(MetaFixtures.webhook(value: MetaFixtures.value(#""errors":[\#(error)]"#, contacts: nil)))
        #expect(alone.kind == .errors)
        #expect(alone.phoneNumberID == MetaFixtures.number)
        let beside = try only(
            MetaFixtures.webhook(
                value: MetaFixtures.value(#""errors":[\#(error)],"messages":[{"from":"966500000001","id":"w","type":"interactive"}]"#)
            )
        )
        #expect(beside.kind == .message)
        #expect(try JSONDocument(parsing: beside.payload).root["errors"]?.rawText == "[\(error)]")
    }

    static let brokenWebhooks = [
        "null", "7", "[]", "{}", #""text""#, #"{"entry":null}"#, #"{"entry":[]}"#, #"{"entry":{}}"#, #"{"entry":[1]}"#, #"{"entry":[{}]}"#,
        #"{"entry":[{"id":7,"changes":{}}]}"#,
        #"{"entry":[{"id":"1","changes":[]}]}"#, #"{"entry":[{"id":"1","changes":[null]}]}"#, #"{"entry":[{"id":"1","changes":[{}]}]}"#,
        #"{"entry":[{"changes":[{"field":"messages"}]}]}"#, #"{"entry":[{"changes":[{"field":"messages","value":[]}]}]}"#,
        #"{"entry":[{"changes":[{"field":"messages","value":{}}]}]}"#,
        #"{"entry":[{"changes":[{"field":"messages","value":{"messages":{}}}]}]}"#,
        #"{"entry":[{"changes":[{"field":"messages","value":{"messages":[],"statuses":[]}}]}]}"#,
        #"{"entry":[{"changes":[{"field":"messages","value":{"messages":[7]}}]}]}"#,
        #"{"entry":[{"changes":[{"field":"messages","value":{"messages":[{"from":"1"}]}}]}]}"#,
        #"{"entry":[{"changes":[{"field":"messages","value":{"messages":[{"id":""}]}}]}]}"#,
        #"{"entry":[{"changes":[{"field":"messages","value":{"messages":[{"id":null}]}}]}]}"#,
        #"{"entry":[{"changes":[{"field":"messages","value":{"statuses":[{"id":"w"}]}}]}]}"#,
        #"{"entry":[{"changes":[{"field":"messages","value":{"statuses":[{"status":"read"}]}}]}]}"#,
        #"{"entry":[{"changes":[{"field":7,"value":{}}]}]}"#,
        #"{"entry":[{"changes":[{"field":"smb_message_echoes","value":{"message_echoes":[{}]}}]}]}"#,
        #"{"entry":[{"changes":[{"field":"user_preferences","value":{"user_preferences":7}}]}]}"#,
        #"{"entry":[{"changes":[{"field":"messages","value":{"messages":[{"id":"\#(String(repeating: "x", count: 301))"}]}}]}]}"#,
    ]

    @Test("M1: what has not the expected form is kept raw", arguments: brokenWebhooks)
    func broken(_ text: String) throws {
        let update = try only(text)
        #expect(update.kind == .unknown)
        #expect(update.dedupeKey.hasPrefix("sha256:"))
        let raw = try #require(try JSONDocument(parsing: update.payload).root["raw"])
        #expect(text.contains(raw.rawText))
        guard case .unknown = MetaInbound.update(from: update.payload) else {
            Issue.record("was understood")
            return
        }
    }

    @Test("M1: mutated webhooks never trap and are never dropped")
    func mutations() throws {
        var generator = SystemRandomNumberGenerator()
        let tokens = ["null", "7", "[]", "{}", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "1e999", "-1", "true"]
        let sources =
            MetaFixtures.samples.map { MetaFixtures.message($0.source) } + MetaFixtures.rawSamples.map { MetaFixtures.message($0.source) }
        var read = 0
        for source in sources {
            for _ in 0..<60 {
                // Replaces a random member's value, so that the text stays JSON.
                let colons = source.indices.filter { source[$0] == ":" && source.index(after: $0) < source.endIndex }
                guard let colon = colons.randomElement(using: &generator) else { continue }
                var text = source
                text.insert(contentsOf: (tokens.randomElement(using: &generator) ?? "7") + ",\"x\":", at: text.index(after: colon))
                guard let document = try? MetaWebhook.document(Array(text.utf8)) else { continue }
                read += 1
                let updates = MetaWebhook.split(document)
                #expect(!updates.isEmpty)
                for update in updates {
                    #expect(!update.dedupeKey.isEmpty)
                    if case .message(let message) = MetaInbound.update(from: update.payload) {
                        #expect(throws: Never.self) {
                            try JSONDocument(
                                parsing: "[\(message.content.json),\(message.raw)]",
                                options: JSONOptions(refusesDuplicateKeys: false, refusesLoneSurrogates: true),
                                maxDepth: 300
                            )
                        }
                        _ = (message.content.preview, message.content.words, message.content.selection, message.reaction)
                    }
                }
            }
        }
        #expect(read > 500)
    }

    @Test("Speed: a webhook of one message in microseconds")
    func speed() throws {
        let body = Array(MetaFixtures.message(#""type":"text","text":{"body":"\#(String(repeating: "\\u0645\\u0639 ", count: 85))"}"#).utf8)
        var best = (Duration.seconds(1), Duration.seconds(1), Duration.seconds(1))
        let clock = ContinuousClock()
        for _ in 0..<30 {
            let parse = try clock.measure { for _ in 0..<100 { _ = try MetaWebhook.document(body) } }
            let both = try clock.measure { for _ in 0..<100 { _ = MetaWebhook.split(try MetaWebhook.document(body)) } }
            let payload = MetaWebhook.split(try MetaWebhook.document(body))[0].payload
            let inbound = clock.measure { for _ in 0..<100 { _ = MetaInbound.update(from: payload) } }
            best = (min(best.0, parse / 100), min(best.1, both / 100), min(best.2, inbound / 100))
        }
        print("meta: \(body.count) bytes: parse \(best.0), parse and split \(best.1), inbound \(best.2)")
        #expect(best.1 < .microseconds(100))
    }
}
