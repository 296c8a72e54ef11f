import Core
import Events
import Foundation
import Testing

@Suite("Positions in the stream of events")
struct PositionTests {
    @Test("A position survives its text form, and its order is that of epoch, transaction and id")
    func textForm() throws {
        var random = SystemRandomNumberGenerator()
        var previous: EventPosition?
        for _ in 0..<2000 {
            let position = EventPosition(
                epoch: Int64.random(in: -2...2, using: &random),
                xid: UInt64.random(in: 0...3, using: &random),
                id: EventID(UUID(high: UInt64.random(in: 0...1), low: .random(in: .min ... .max)))
            )
            let text = position.description
            #expect(text.utf8.count == 43)
            #expect(
                text.utf8.allSatisfy { byte in
                    Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber || byte == 45 || byte == 95
                }
            )
            #expect(EventPosition(text) == position)
            if let previous {
                let left = (previous.epoch, previous.xid, previous.id.description)
                let right = (position.epoch, position.xid, position.id.description)
                #expect((previous < position) == (left < right))
            }
            previous = position
        }
    }

    @Test(
        "What is no position is none",
        arguments: [
            "", "a", "null", String(repeating: "A", count: 42), String(repeating: "A", count: 44),
            String(repeating: "=", count: 43), String(repeating: "+", count: 43), String(repeating: "A", count: 42) + "B",
            String(repeating: "é", count: 21) + "A", String(repeating: "A", count: 40) + "\r\nA", "0198e0a4-0000-7000-8000-000000000000",
        ]
    )
    func nonsense(text: String) {
        #expect(EventPosition(text) == nil)
    }
}
