import API
import Core
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@Suite("Access")
struct AccessTests {
    /// The routes of `TestAPI` that ask for one thing each.
    private static let routes = [
        "any", "scope", "missing-scope", "role", "login", "people/\(TestTokens.personID)", "people/\(TestTokens.credential)",
    ]

    private static let platformOfOne: HTTPFields = [.apiKey: TestTokens.platform, .restaurantID: TestTokens.own.description]

    /// A group of routes, who asks, and the status of each route's answer.
    private static let expectations: [(String, HTTPFields, [Int])] = [
        // An agent's token with `conversations:read`: no other scope, no other role, no login.
        ("of-merchants", .person, [200, 200, 403, 403, 403, 200, 403]),
        ("of-readers", .person, [200, 200, 403, 403, 403, 200, 403]),
        ("of-people", .person, [200, 200, 403, 403, 403, 200, 403]),
        // A key has scopes and no role.
        ("of-merchants", .merchant, [200, 200, 403, 200, 403, 200, 200]),
        ("of-readers", .merchant, [200, 200, 403, 200, 403, 200, 200]),
        ("of-people", .merchant, [403, 403, 403, 403, 403, 403, 403]),
        // A platform key without `admin`: what needs a login it may do, what needs a scope only with that scope.
        ("of-merchants", platformOfOne, [200, 403, 403, 403, 200, 403, 403]),
        ("of-readers", platformOfOne, [200, 403, 403, 403, 200, 403, 403]),
        ("of-people", platformOfOne, [403, 403, 403, 403, 403, 403, 403]),
        // For all restaurants together a reader needs `admin`, whatever the route names.
        ("of-readers", .platform, [403, 403, 403, 403, 403, 403, 403]),
    ]

    @Test(
        "A7: a context asks for every part of an access: scope, role, login, and oneself in place of a role",
        arguments: expectations
    )
    func everyPart(group: String, headers: HTTPFields, expected: [Int]) async throws {
        let answered = try await TestAPI().test { client in
            var statuses: [Int] = []
            for route in Self.routes {
                statuses.append(try await client.execute(uri: "/api/v1/\(group)/\(route)", method: .get, headers: headers).status.code)
            }
            return statuses
        }
        #expect(answered == expected)
    }
}
