import Core
import Events
import Postgres
import TestSupport
import Testing

@Suite("The catalogue of events")
struct CatalogueTests {
    @Test("H2: its types are those that openapi.yaml describes, both ways, one payload each")
    func types() throws {
        let described = try SchemaCheck.ofThisProject().events
        #expect(described == Set(EventType.allCases.map(\.rawValue)))
        #expect(EventCatalogue.payloads.map { $0.type.rawValue }.sorted() == described.sorted())
    }

    @Test("H2: the examples are those of openapi.yaml, and as it says", arguments: EventType.allCases)
    func examples(type: EventType) throws {
        let check = try SchemaCheck.ofThisProject()
        let payload = try #require(EventCatalogue.payload(of: type))
        let example = payload.example.json.bytes
        #expect(try check.findings(inDataOf: type.rawValue, example) == [])
        #expect(try SchemaCheck.canonical(example) == check.exampleData(of: type.rawValue))
        #expect(check.version(of: type.rawValue) == payload.version)
    }

    @Test("What is not as described is found")
    func findings() throws {
        let check = try SchemaCheck.ofThisProject()
        func findings(_ type: String, _ json: String) throws -> String {
            try check.findings(inDataOf: type, json.utf8).joined(separator: "; ")
        }
        let id = "019a5b2c-7e40-7000-8000-000000000003"
        #expect(try findings("bot_connected", #"{"botId":"\#(id)","channelId":"\#(id)"}"#) == "")
        #expect(try findings("bot_connected", #"{"botId":"\#(id)"}"#).contains("lacks channelId"))
        #expect(try findings("bot_connected", #"{"botId":"\#(id)","channelId":"x"}"#).contains("is no UUID"))
        #expect(try findings("bot_connected", #"{"botId":"\#(id)","channelId":"\#(id)","more":1}"#).contains("described nowhere"))
        #expect(try findings("bot_connected", #"{"botId":"\#(id)","channelId":7}"#).contains("is not of type"))
        #expect(try findings("made_up", "{}").contains("there is no event"))
        let status = #"{"messageId":"\#(id)","sequence":1,"status":"#
        #expect(try findings("message_status_changed", status + #""eaten"}"#).contains("not among"))
        #expect(try findings("message_status_changed", status + #""read","at":"2025-11-07T07:30:00+00:00"}"#).contains("is no time"))
        #expect(try findings("conversation_updated", #"{"conversationId":"\#(id)","unreadCount":true}"#).contains("is not of type"))
    }
}
