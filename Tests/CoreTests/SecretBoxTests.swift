import Crypto
import Foundation
import Testing

@testable import Core

/// A10: what is sealed opens in its own place, with a key that is configured, unchanged; and nowhere else.
@Suite struct SecretBoxTests {
    private static let first = SymmetricKey(data: Data(repeating: 1, count: 32))
    private static let second = SymmetricKey(data: Data(repeating: 2, count: 32))
    private static let merchant = MerchantID.new()
    private static let row = UUID.v7()

    private static func place(
        _ merchant: MerchantID = merchant,
        _ table: String = "channels",
        _ column: String = "token",
        _ row: UUID = row
    )
        -> SecretBox.Place
    {
        SecretBox.Place(merchant: merchant, table: table, column: column, row: row)
    }

    @Test("A10: a ciphertext opens where it was sealed, and says which key sealed it but not what it is")
    func opens() throws {
        let box = SecretBox(key: Self.first)
        let sealed = try box.seal(Data("secret".utf8), at: Self.place())
        #expect(try box.open(sealed, at: Self.place()) == Array("secret".utf8))
        #expect(sealed.starts(with: box.header) && box.header.count == 5)
        #expect(SecretBox(key: Self.second).header != box.header)
        #expect(try box.seal(Data("secret".utf8), at: Self.place()) != sealed)
        #expect(!Data(sealed).base64EncodedString().contains(Data("secret".utf8).base64EncodedString()))
    }

    @Test("A10: moved to another merchant, table, column or row, or to the installation, it is refused")
    func moved() throws {
        let box = SecretBox(key: Self.first)
        let sealed = try box.seal(Data("secret".utf8), at: Self.place())
        for place in [
            Self.place(.new()), Self.place(Self.merchant, "bots"), Self.place(Self.merchant, "channels", "verify"),
            Self.place(Self.merchant, "channels", "token", .v7()), .init(table: "channels", column: "token", row: Self.row),
            .init(dataKeyOf: Self.merchant),
        ] {
            #expect(throws: SecretBox.Failure.refused) { try box.open(sealed, at: place) }
        }
    }

    @Test("A10: with any bit of any byte flipped, and cut anywhere, it is refused")
    func flipped() throws {
        let box = SecretBox(key: Self.first, previous: [Self.second])
        let sealed = try box.seal(Data("secret".utf8), at: Self.place())
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << bit
                #expect(throws: SecretBox.Failure.self) { try box.open(changed, at: Self.place()) }
            }
        }
        for count in 0..<sealed.count {
            #expect(throws: SecretBox.Failure.self) { try box.open(Array(sealed.prefix(count)), at: Self.place()) }
        }
    }

    @Test("A10: a previous key opens what it sealed and seals nothing; without it that is an unknown key")
    func rotation() throws {
        let old = try SecretBox(key: Self.first).seal(Data("secret".utf8), at: Self.place())
        let both = SecretBox(key: Self.second, previous: [Self.first])
        #expect(try both.open(old, at: Self.place()) == Array("secret".utf8))
        let new = try both.seal(Data("secret".utf8), at: Self.place())
        #expect(try SecretBox(key: Self.second).open(new, at: Self.place()) == Array("secret".utf8))
        #expect(throws: SecretBox.Failure.unknownKey) { try SecretBox(key: Self.first).open(new, at: Self.place()) }
        #expect(throws: SecretBox.Failure.unknownKey) { try SecretBox(key: Self.second).open(old, at: Self.place()) }
        // A name of a key in front of what another key sealed helps nobody.
        let disguised = Array(new.prefix(5)) + old.dropFirst(5)
        #expect(throws: SecretBox.Failure.refused) { try both.open(disguised, at: Self.place()) }
    }

    @Test("A10: what version 1 sealed still opens, with the current and with a previous key, and in its own place only")
    func versionOne() throws {
        // As version 1 wrote it: no name of a key, and the place alone as additional data.
        let data = Data("\(Self.merchant)|channels|token|\(Self.row.lowercased)".utf8)
        let box = try AES.GCM.seal(Data("secret".utf8), using: Self.first, authenticating: data)
        let sealed = [1] + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
        for opening in [SecretBox(key: Self.first), SecretBox(key: Self.second, previous: [Self.first])] {
            #expect(try opening.open(sealed, at: Self.place()) == Array("secret".utf8))
            #expect(throws: SecretBox.Failure.refused) { try opening.open(sealed, at: Self.place(.new())) }
        }
        #expect(throws: SecretBox.Failure.refused) { try SecretBox(key: Self.second).open(sealed, at: Self.place()) }
    }
}
