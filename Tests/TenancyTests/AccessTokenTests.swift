import Core
import Crypto
import Foundation
import JWTKit
import Testing

@testable import Tenancy

/// A6, security-tests J1 to J7: what counts as an access token, and above all what does not.
@Suite struct AccessTokenTests {
    private let person = PersonID.new()
    private let session = SessionID.new()

    private func token(_ people: TestPeople, at time: Timestamp = .now) async throws -> String {
        try await people.ring.sign(person: person, session: session, at: time).reveal()
    }

    private func isGood(_ text: String, _ ring: SigningKeyRing) async -> Bool {
        guard let token = SessionToken(text) else { return false }
        return await ring.verify(token) != nil
    }

    /// A token of any header and payload, signed by any function of what is signed.
    private func made(header: String, payload: String, sign: (Data) throws -> Data) rethrows -> String {
        let signed = Base64URL.encode(Data(header.utf8)) + "." + Base64URL.encode(Data(payload.utf8))
        return signed + "." + Base64URL.encode(try sign(Data(signed.utf8)))
    }

    private func payload(_ changes: [String: Any?] = [:]) throws -> String {
        let now = Int(Timestamp.now.unixSeconds)
        var claims: [String: Any] = [
            "iss": TestPeople.issuer, "aud": "maitre-api", "iat": now, "nbf": now, "exp": now + 600, "sub": person.description,
            "sid": session.description,
        ]
        for (name, value) in changes { claims[name] = value }
        for (name, value) in changes where value == nil { claims[name] = nil }
        return String(decoding: try JSONSerialization.data(withJSONObject: claims), as: UTF8.self)
    }

    private func key(_ people: TestPeople) async throws -> (kid: String, key: Curve25519.Signing.PrivateKey) {
        let rows = try await people.tenancy.platform.platform { tx in SigningKeyRepository(tx).live() }
        let row = try #require(rows.last)
        let bytes = try people.tenancy.box.open(row.privateSealed, at: SigningKey.place(row.id))
        return (row.id.description, try Curve25519.Signing.PrivateKey(rawRepresentation: bytes))
    }

    @Test("A6: a token that we signed is good, and says who and which session")
    func good() async throws {
        try await withPeople { people in
            let text = try await token(people)
            let token = try #require(SessionToken(text))
            let verified = await people.ring.verify(token)
            let claims = try #require(verified)
            #expect(claims.sub.value == person.description)
            #expect(claims.sid == session.description)
            // The same by hand, so that the tests below fail for the reason they mean.
            let (kid, key) = try await key(people)
            let own = try made(header: #"{"alg":"EdDSA","typ":"JWT","kid":"\#(kid)"}"#, payload: try payload()) {
                try key.signature(for: $0)
            }
            #expect(await isGood(own, people.ring))
        }
    }

    @Test("J1 J2: no algorithm, another algorithm, and our public key as an HMAC secret are refused")
    func algorithms() async throws {
        try await withPeople { people in
            let (kid, key) = try await key(people)
            let good = try payload()
            for algorithm in ["none", "None", "nOnE", "HS256", "ES256", "RS256", "eddsa", "Ed25519", ""] {
                let header = #"{"alg":"\#(algorithm)","typ":"JWT","kid":"\#(kid)"}"#
                let signed = try made(header: header, payload: try payload()) { try key.signature(for: $0) }
                #expect(await !isGood(signed, people.ring), "\(algorithm)")
                let empty = made(header: header, payload: good) { _ in Data() }
                #expect(await !isGood(empty, people.ring), "\(algorithm)")
                let secret = SymmetricKey(data: key.publicKey.rawRepresentation)
                let mac = made(header: header, payload: good) { Data(HMAC<SHA256>.authenticationCode(for: $0, using: secret)) }
                #expect(await !isGood(mac, people.ring), "\(algorithm)")
            }
        }
    }

    @Test("J3 J4: a key id is one of ours exactly, and the header names no other source of keys")
    func headers() async throws {
        try await withPeople { people in
            let (kid, key) = try await key(people)
            let kids = [
                "", "../../dev/null", "' OR 1=1", "https://example.com/key", String(repeating: "a", count: 1000), kid.uppercased(),
                " " + kid,
                SigningKeyID.new().description,
            ]
            for other in kids where other != kid {
                let token = try made(header: #"{"alg":"EdDSA","typ":"JWT","kid":"\#(other)"}"#, payload: try payload()) {
                    try key.signature(for: $0)
                }
                #expect(await !isGood(token, people.ring), "\(other.prefix(40))")
            }
            let headers = [
                #"{"alg":"EdDSA","typ":"JWT"}"#, #"{"alg":"EdDSA","kid":"\#(kid)"}"#, #"{"alg":"EdDSA","typ":"at+jwt","kid":"\#(kid)"}"#,
                #"{"alg":"EdDSA","typ":"JWT","kid":"\#(kid)","jku":"http://127.0.0.1:1/"}"#,
                #"{"alg":"EdDSA","typ":"JWT","kid":"\#(kid)","x5u":"http://127.0.0.1:1/"}"#,
                #"{"alg":"EdDSA","typ":"JWT","kid":"\#(kid)","jwk":{"kty":"OKP"}}"#,
                #"{"alg":"EdDSA","typ":"JWT","kid":"\#(kid)","crit":["exp"]}"#,
                #"{"alg":"EdDSA","typ":"JWT","kid":"\#(kid)","kid":"\#(kid)"}"#, #"{"alg":"EdDSA","typ":"JWT","kid":["\#(kid)"]}"#, "[]",
                "null", "",
            ]
            for header in headers {
                let token = try made(header: header, payload: try payload()) { try key.signature(for: $0) }
                #expect(await !isGood(token, people.ring), "\(header)")
            }
        }
    }

    @Test("J5: claims that are missing, of another type, out of time or somebody else's are refused")
    func claims() async throws {
        try await withPeople { people in
            let (kid, key) = try await key(people)
            let now = Int(Timestamp.now.unixSeconds)
            let changes: [[String: Any?]] = [
                ["exp": now - 1], ["exp": nil], ["exp": String(now + 600)], ["nbf": now + 60], ["nbf": nil], ["aud": "other"], ["aud": nil],
                ["iss": "https://other.example.com"], ["iss": nil], ["sub": nil], ["sid": nil], ["sid": 5],
            ]
            for change in changes {
                let token = try made(header: #"{"alg":"EdDSA","typ":"JWT","kid":"\#(kid)"}"#, payload: try payload(change)) {
                    try key.signature(for: $0)
                }
                #expect(await !isGood(token, people.ring), "\(change)")
            }
            // Another installation's key, which knows our key's id.
            let foreign = Curve25519.Signing.PrivateKey()
            let token = try made(header: #"{"alg":"EdDSA","typ":"JWT","kid":"\#(kid)"}"#, payload: try payload()) {
                try foreign.signature(for: $0)
            }
            #expect(await !isGood(token, people.ring))
        }
    }

    @Test("J6: a token of a key that is retired, or not active yet, is refused; one that a replaced key signed lives on")
    func rotation() async throws {
        try await withPeople { people in
            let before = try await token(people)
            let old = try await key(people)
            let next = try await people.ring.rotate(by: TestTenancy.actor)
            let new = try await key(people)
            #expect(new.kid == next.description)
            #expect(await isGood(before, people.ring))
            let published = try await people.ring.published()
            #expect(Set(published.map(\.id.description)) == [old.kid, new.kid])
            // Published, and not active for a minute: it neither signs nor verifies.
            let early = try made(header: #"{"alg":"EdDSA","typ":"JWT","kid":"\#(new.kid)"}"#, payload: try payload()) {
                try new.key.signature(for: $0)
            }
            #expect(await !isGood(early, people.ring))
            let still = try await token(people)
            let header = SessionToken(still).map { String(decoding: $0.header, as: UTF8.self) } ?? ""
            #expect(header.contains(old.kid))
            // At once, for a key that leaked.
            _ = try await people.ring.rotate(immediately: true, by: TestTenancy.actor)
            #expect(await !isGood(before, people.ring))
            #expect(await isGood(try await token(people), people.ring))
            #expect(try await people.ring.published().count == 1)
        }
    }

    @Test("J7: one flipped bit anywhere, an all-zero signature, and another spelling of the same bytes are refused")
    func malleability() async throws {
        try await withPeople { people in
            let text = try await token(people)
            let parts = text.split(separator: ".").map { Array($0.utf8) }
            for part in 0..<3 {
                var bytes = try #require(Base64URL.decode(parts[part][...]))
                for position in [0, bytes.count / 2, bytes.count - 1] {
                    bytes[position] ^= 1
                    var changed = parts.map { String(decoding: $0, as: UTF8.self) }
                    changed[part] = Base64URL.encode(bytes)
                    #expect(await !isGood(changed.joined(separator: "."), people.ring), "\(part) \(position)")
                    bytes[position] ^= 1
                }
            }
            let end = try #require(text.lastIndex(of: "."))
            let signed = text.prefix(upTo: end)
            #expect(await !isGood(signed + "." + Base64URL.encode([UInt8](repeating: 0, count: 64)), people.ring))
            // 64 bytes leave four bits of the last character without a meaning.
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
            let character = try #require(text.last)
            let last = try #require(alphabet.firstIndex(of: character))
            #expect(await !isGood(text.dropLast() + String(alphabet[last ^ 1]), people.ring))
            for other in [text + "=", text + ".", "." + text, text + ".x", text.replacing(".", with: ""), text + " "] {
                #expect(await !isGood(other, people.ring))
            }
        }
    }

    @Test("Two nodes that start at once on an empty installation make one key")
    func oneFirstKey() async throws {
        try await withTenancy { tenancy in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 { group.addTask { _ = try await TestPeople(tenancy) } }
                try await group.waitForAll()
            }
            #expect(try await tenancy.sql("select count(*)::text from platform.signing_keys") == ["1"])
        }
    }
}
