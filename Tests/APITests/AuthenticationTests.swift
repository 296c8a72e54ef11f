import API
import Core
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@Suite("Credentials")
struct AuthenticationTests {
    private let path = "/api/v1/things/0"

    private func get(_ api: TestAPI = TestAPI(), _ path: String? = nil, _ headers: HTTPFields) async throws -> TestResponse {
        try await api.test { try await $0.execute(uri: path ?? self.path, method: .get, headers: headers) }
    }

    @Test(
        "A5: a personal access token with one of its restaurants reaches the route, under both bases",
        arguments: ["/api/v1/things/0", "/api/things/0"]
    )
    func person(path: String) async throws {
        let response = try await get(TestAPI(), path, .person)
        #expect(response.status == .ok)
        #expect(response.json?["merchant"]?.string == TestTokens.own.description)
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(response.headers[.contentType] == "application/json")
    }

    @Test("A4: a merchant key needs no restaurant, and is accepted as a bearer token too")
    func merchantKey() async throws {
        #expect(try await get(TestAPI(), nil, .merchant).status == .ok)
        #expect(try await get(TestAPI(), nil, [.authorization: "Bearer \(TestTokens.merchant)"]).status == .ok)
        #expect(try await get(TestAPI(), nil, [.authorization: "bearer \(TestTokens.merchant)"]).status == .ok)
    }

    @Test("A4 (attack A4): a merchant key with another restaurant is refused, not ignored")
    func merchantKeyOfAnother() async throws {
        let response = try await get(TestAPI(), nil, [.apiKey: TestTokens.merchant, .restaurantID: TestTokens.second.description])
        #expect(response.status == .forbidden)
        #expect(response.code == "restaurant_forbidden")
    }

    @Test("A5 (attack A3): an unknown restaurant and another's get the same bytes")
    func unknownAndForeign() async throws {
        let unknown = MerchantID.new()
        for key in [
            HTTPField(name: .authorization, value: "Bearer \(TestTokens.person)"), HTTPField(name: .apiKey, value: TestTokens.merchant),
        ] {
            let one = try await get(TestAPI(), nil, [key.name: key.value, .restaurantID: unknown.description])
            let other = try await get(TestAPI(), nil, [key.name: key.value, .restaurantID: TestTokens.foreign.description])
            #expect(one.status == .forbidden)
            #expect(one.withoutRequestID == other.withoutRequestID)
        }
    }

    @Test("A5 (attack A3): X-Restaurant-Id is exactly one UUID")
    func restaurantHeader() async throws {
        let bearer: HTTPFields = [.authorization: "Bearer \(TestTokens.person)"]
        #expect(try await get(TestAPI(), nil, bearer).code == "restaurant_required")
        let own = TestTokens.own.description
        for value in [
            "", "%00", "\(own),\(own)", "\(own) \(TestTokens.second)", "*", "{\(own)}", String(own.dropLast()), own + "0", "' OR 1=1",
        ] {
            let api = TestAPI()
            var headers = bearer
            headers[.restaurantID] = value
            let response = try await get(api, nil, headers)
            #expect(response.status == .badRequest)
            #expect(response.code == "invalid_restaurant_id", "\(value)")
            #expect(api.authenticator.questions == 0)
        }
        var twice = bearer
        twice.append(HTTPField(name: .restaurantID, value: own))
        twice.append(HTTPField(name: .restaurantID, value: own))
        let response = try await get(TestAPI(), nil, twice)
        #expect(response.status == .badRequest)
        #expect(response.code == "repeated_header")
        var upper = bearer
        upper[.restaurantID] = own.uppercased()
        #expect(try await get(TestAPI(), nil, upper).status == .ok)
    }

    @Test("J10: what is no credential of ours is refused before anything is looked up")
    func garbage() async throws {
        let person = TestTokens.person
        let bad: [HTTPFields] = [
            [.authorization: "Basic \(person)"], [.authorization: person], [.authorization: "Bearer"], [.authorization: "Bearer "],
            [.authorization: "Bearer  \(person)"], [.authorization: "Bearer \(person) x"],
            [.authorization: "Bearer \(person.lowercased())"],
            [.authorization: "Bearer \(person.dropLast())"], [.authorization: "Bearer \(person),\(person)"], [.apiKey: ""],
            [.apiKey: "Bearer \(TestTokens.merchant)"], [.apiKey: person], [.apiKey: "mtr_live_" + String(repeating: "a", count: 36)],
            [.apiKey: String(repeating: "a", count: 10_000)],
        ]
        for headers in bad {
            let api = TestAPI()
            let response = try await get(api, nil, headers)
            #expect(response.status == .unauthorized, "\(headers)")
            #expect(response.code == "invalid_credential")
            #expect(response.headers[.wwwAuthenticate] == #"Bearer realm="maitre", error="invalid_token""#)
            #expect(api.authenticator.questions == 0)
        }
    }

    @Test("No credential and an unknown one are 401 with WWW-Authenticate")
    func unauthenticated() async throws {
        let none = try await get(TestAPI(), nil, [:])
        #expect(none.status == .unauthorized)
        #expect(none.code == "credential_required")
        #expect(none.headers[.wwwAuthenticate] == #"Bearer realm="maitre""#)
        let unknown = try await get(TestAPI(), nil, [.authorization: "Bearer \(TestTokens.unknown)"])
        #expect(unknown.status == .unauthorized)
        #expect(unknown.code == "invalid_credential")
    }

    @Test("J10: two credentials are refused")
    func two() async throws {
        let both = try await get(TestAPI(), nil, [.authorization: "Bearer \(TestTokens.person)", .apiKey: TestTokens.merchant])
        #expect(both.status == .badRequest)
        #expect(both.code == "conflicting_credentials")
        for name in [HTTPField.Name.authorization, .apiKey] {
            var headers = HTTPFields()
            let value = name == .apiKey ? TestTokens.merchant : "Bearer \(TestTokens.person)"
            headers.append(HTTPField(name: name, value: value))
            headers.append(HTTPField(name: name, value: value))
            let response = try await get(TestAPI(), nil, headers)
            #expect(response.status == .badRequest)
            #expect(response.code == "repeated_header")
        }
    }

    @Test("J10: a credential in the URL is refused, also beside a good one, and is not repeated in the answer")
    func inURL() async throws {
        let token = TestTokens.merchant
        let encoded = token.replacing("_", with: "%5f")
        for query in ["api_key=x", "access_token=abc", "API-Key=1", "q=\(token)", "q=hello+\(token)", "anything=\(encoded)"] {
            let response = try await get(TestAPI(), "\(path)?\(query)", .person)
            #expect(response.status == .unauthorized, "\(query)")
            #expect(response.code == "credential_in_url")
            #expect(!response.text.contains("mtr_live_"))
        }
        #expect(try await get(TestAPI(), "\(path)?q=token&ticket=x", .person).status == .ok)
    }

    @Test("A3: platform routes take platform keys only; merchant routes need a merchant")
    func platform() async throws {
        #expect(try await get(TestAPI(), "/api/v1/all-things", .platform).status == .ok)
        #expect(try await get(TestAPI(), "/api/v1/all-things", .merchant).status == .forbidden)
        #expect(try await get(TestAPI(), "/api/v1/all-things", .person).status == .forbidden)
        #expect(try await get(TestAPI(), nil, .platform).code == "restaurant_required")
    }

    @Test("A7: a scope that the credential lacks is 403")
    func scope() async throws {
        let response = try await TestAPI().test { try await $0.execute(uri: path, method: .delete, headers: .person) }
        #expect(response.status == .forbidden)
        #expect(response.code == "forbidden")
    }
}
