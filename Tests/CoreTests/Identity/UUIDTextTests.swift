import Core
import Foundation
import Testing

@Suite("UUIDs as text")
struct UUIDTextTests {
    @Test("every UUID is read from what is written of it, in either case")
    func roundTrip() {
        for _ in 0..<1000 {
            let uuid = UUID()
            #expect(UUID(text: uuid.lowercased) == uuid)
            #expect(UUID(text: uuid.uuidString) == uuid)
            #expect(uuid.lowercased == uuid.uuidString.lowercased())
        }
        #expect(UUID(text: "00112233-4455-6677-8899-aabbccddeeff") == UUID(high: 0x0011_2233_4455_6677, low: 0x8899_aabb_ccdd_eeff))
    }

    @Test(
        "what is not the 36-character form is no UUID",
        arguments: [
            "", "0", "00112233445566778899aabbccddeeff", "{00112233-4455-6677-8899-aabbccddeeff}", "00112233-4455-6677-8899-aabbccddeef",
            "00112233-4455-6677-8899-aabbccddeeff0", "0011223-34455-6677-8899-aabbccddeeff", "+1112233-4455-6677-8899-aabbccddeeff",
            " 0112233-4455-6677-8899-aabbccddeeff", "0x112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddeefg",
            "00112233_4455_6677_8899_aabbccddeeff", "００112233-4455-6677-8899-aabbccddee", "00112233-4455-6677-8899-aabbccddeeff\n",
        ]
    )
    func refused(text: String) {
        #expect(UUID(text: text) == nil)
        #expect(MerchantID(text) == nil)
    }
}
