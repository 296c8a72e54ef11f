import Core
import Crypto
import Foundation
import Testing

@testable import API

@Suite("Cursors")
struct PaginationTests {
    private let signer = CursorSigner(key: SymmetricKey(data: Data(repeating: 7, count: 32)))
    private let merchant = MerchantID.new()
    private let now = Timestamp(unixSeconds: 1_800_000_000)

    private func scope(_ merchant: MerchantID? = nil, list: String = "listConversations", mode: String? = "bot") -> CursorScope {
        CursorScope(list: list, merchant: merchant ?? self.merchant, filters: [("mode", mode), ("unread", nil)])
    }

    private var position: CursorPosition {
        var position = CursorPosition()
        position.append(Int64(-42))
        position.append(merchant)
        return position
    }

    private func isRefused(_ cursor: String, _ scope: CursorScope, at time: Timestamp? = nil) -> Bool {
        do {
            _ = try signer.open(cursor, for: scope, at: time ?? now)
            return false
        } catch {
            return (error as? Problem)?.code == .invalidCursor
        }
    }

    @Test("A cursor of the key before is good while the key is replaced, and no longer")
    func replacedKey() throws {
        let (old, new) = (SymmetricKey(size: .bits256), SymmetricKey(size: .bits256))
        let scope = CursorScope(list: "listBots", merchant: nil)
        var position = CursorPosition()
        position.append(Int64(7))
        let cursor = CursorSigner(key: old).sign(position, for: scope)
        #expect(try CursorSigner(key: new, previous: [old]).open(cursor, for: scope) == position)
        #expect(throws: Problem.self) { try CursorSigner(key: new).open(cursor, for: scope) }
    }

    @Test("A position comes back as it was")
    func roundTrip() throws {
        let cursor = signer.sign(position, for: scope(), at: now)
        #expect(cursor.wholeMatch(of: /[A-Za-z0-9_-]+/) != nil)
        var opened = try signer.open(cursor, for: scope(), at: now)
        #expect(try opened.nextInt() == -42)
        #expect(try opened.nextID(MerchantID.self) == merchant)
        #expect(throws: Problem.self) { try opened.nextInt() }
    }

    @Test("Another merchant, list, filter or key refuses it (A1)")
    func foreign() {
        let cursor = signer.sign(position, for: scope(), at: now)
        #expect(isRefused(cursor, scope(.new())))
        #expect(isRefused(cursor, scope(list: "listMessages")))
        #expect(isRefused(cursor, scope(mode: "agent")))
        #expect(isRefused(cursor, scope(mode: nil)))
        #expect(isRefused(cursor, CursorScope(list: "listConversations", merchant: nil, filters: [("mode", "bot")])))
        let other = CursorSigner(key: SymmetricKey(data: Data(repeating: 8, count: 32)))
        #expect(isRefused(other.sign(position, for: scope(), at: now), scope()))
    }

    @Test("Any flipped bit refuses it, and so does anything that is no cursor")
    func damaged() throws {
        let cursor = signer.sign(position, for: scope(), at: now)
        let bytes = try #require(CursorSigner.bytes(base64URL: cursor))
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(isRefused(CursorSigner.base64URL(flipped), scope()))
        }
        for text in ["", "AA", "=", cursor + "=", cursor + "A", " " + cursor, "' or 1=1", String(repeating: "A", count: 10_000), "é"] {
            #expect(isRefused(text, scope()), "\(text.prefix(20))")
        }
    }

    @Test("It expires")
    func expiry() {
        let cursor = signer.sign(position, for: scope(), at: now)
        #expect(!isRefused(cursor, scope(), at: now + .seconds(24 * 3600)))
        #expect(isRefused(cursor, scope(), at: now + .seconds(24 * 3600 + 1)))
    }

    @Test("Two scopes never have the same bytes")
    func ambiguity() {
        let one = CursorScope(list: "l", merchant: nil, filters: [("a", "bc")])
        let other = CursorScope(list: "l", merchant: nil, filters: [("ab", "c")])
        let third = CursorScope(list: "la", merchant: nil, filters: [("", "bc")])
        #expect(Set([one.bytes, other.bytes, third.bytes]).count == 3)
    }

    @Test("A page shows at most limit rows and goes on after the last shown")
    func page() {
        func page(_ rows: [Int64], _ limit: Int) -> String {
            var writer = JSONWriter()
            writer.page(rows, limit: limit, cursor: { "after-\($0)" }) { $0.int($1) }
            return writer.text
        }
        #expect(page([1, 2, 3], 2) == #"{"data":[1,2],"nextCursor":"after-2","hasMore":true}"#)
        #expect(page([1, 2], 2) == #"{"data":[1,2],"nextCursor":null,"hasMore":false}"#)
        var known = JSONWriter()
        known.page([7], nextCursor: nil, hasMore: true) { $0.int($1) }
        #expect(known.text == #"{"data":[7],"nextCursor":null,"hasMore":true}"#)
        #expect(page([], 2) == #"{"data":[],"nextCursor":null,"hasMore":false}"#)
    }
}
