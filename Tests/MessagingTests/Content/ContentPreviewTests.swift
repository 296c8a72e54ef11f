import Messaging
import Testing

@Suite("C8: one line for lists of conversations")
struct ContentPreviewTests {
    @Test(arguments: [
        (MessageType.text, #"{"body":"  hi\n\n there "}"#, "hi there"),
        (.image, #"{"mediaId":"1","caption":"menu"}"#, "[image] menu"),
        (.image, #"{"mediaId":"1"}"#, "[image]"),
        (.document, #"{"filename":"cr.pdf"}"#, "[document] cr.pdf"),
        (.location, #"{"latitude":1,"longitude":2,"address":"Olaya"}"#, "[location] Olaya"),
        (.contacts, #"[{"name":{"formattedName":"Ali"}}]"#, "[contacts] Ali"),
        (.interactive, #"{"type":"button_reply","reply":{"id":"ok","title":"Confirm"}}"#, "Confirm"),
        (.interactive, #"{"type":"button","body":"Choose","buttons":[]}"#, "Choose"),
        (.interactive, #"{"type":"nfm_reply","reply":{}}"#, "[interactive]"),
        (.button, #"{"payload":"P","text":"Track"}"#, "Track"),
        (.order, #"{"productItems":[{},{}]}"#, "[order] × 2"),
        (.reaction, #"{"messageId":"w","emoji":"👍"}"#, "[reaction] 👍"),
        (.reaction, #"{"messageId":"w","emoji":""}"#, "[reaction] removed"),
        (.template, #"{"name":"hello","language":"ar"}"#, "[template] hello"),
        (.unknown, #"{"raw":{}}"#, "[unknown]"),
        (.text, "not JSON", ""),
        (.text, #"{"body":"a\u202egpj.exe\u0007b"}"#, "agpj.exeb"),
    ])
    func previews(_ type: MessageType, _ json: String, _ expected: String) {
        #expect(MessageContent(type: type, json: json).preview == expected)
    }

    @Test func longTextsEndAtAHundredScalars() {
        #expect(MessageContent.text(String(repeating: "ن", count: 100)).preview.unicodeScalars.count == 100)
        let long = MessageContent.text(String(repeating: "ن", count: 101)).preview
        #expect(long.unicodeScalars.count == 100)
        #expect(long.hasSuffix("…"))
    }

    @Test func whatWasTapped() {
        #expect(
            MessageContent(type: .interactive, json: #"{"type":"list_reply","reply":{"id":"item:7","title":"Kabsa"}}"#).selection
                == "item:7"
        )
        #expect(MessageContent(type: .button, json: #"{"payload":"P","text":"Track"}"#).selection == "P")
        #expect(MessageContent.text("P").selection == nil)
    }
}
