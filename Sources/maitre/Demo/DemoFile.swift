import Core
import Foundation

/// What `maitre dev` prints and writes to `.maitre/demo.json`. It is also how the next start knows its own demo data: tokens are stored hashed.
struct DemoFile: Codable, Sendable {
    struct Channel: Codable, Sendable {
        var provider: String
        var phoneNumberId: String
        var wabaId: String
        var displayNumber: String
        var appId: String
        var appSecret: String
        var verifyToken: String
        var accessToken: String
    }

    struct Merchant: Codable, Sendable {
        var restaurantId: String
        var name: String
        var locale: String
        var botId: String
        var pat: String
        /// The owner's login; nil in a file of an older version.
        var email: String?
        var password: String?
        var channels: [Channel]
    }

    var baseUrl: String
    var platformKey: String
    var merchants: [Merchant]

    static func read(_ path: String) -> DemoFile? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return try? JSONDecoder().decode(DemoFile.self, from: data)
    }

    func write(_ path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(self)
        // Tokens: for the owner's eyes only, from the first byte on.
        let temporary = path + ".new"
        guard FileManager.default.createFile(atPath: temporary, contents: data, attributes: [.posixPermissions: 0o600]) else {
            throw CocoaError(.fileWriteUnknown)
        }
        guard rename(temporary, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
