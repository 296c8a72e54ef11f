import NIOHTTP1

@testable import maitre

extension Installation {
    /// As whoever runs the installation.
    ///
    /// - Parameter restaurant: that is selected, if any.
    func admin(
        _ method: HTTPMethod,
        _ path: String,
        at restaurant: String? = nil,
        headers: [(String, String)] = [],
        json: String? = nil
    ) async throws -> Answer {
        try await request(method, "/api/v1" + path, token: demo.platformKey, restaurant: restaurant, headers: headers, json: json)
    }
}
