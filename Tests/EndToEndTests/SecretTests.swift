import Core
import Logging
import NIOHTTP1
import Tenancy
import TestSupport
import Testing

@testable import maitre

/// A10 over HTTP: secrets survive a change of the key-encryption key, and one that was moved is refused, alarmed, and sends nothing.
@Suite struct SecretTests {
    private static let (old, new) = ((0..<32).map { UInt8($0) }, (0..<32).map { UInt8(200 - $0) })

    @Test("A10: the four steps of replacing the key-encryption key, with messages after each; cursors stay good")
    func rotation() async throws {
        try await withMigratedDatabase { database in
            let steps: [(current: [UInt8], previous: [[UInt8]])] = [
                (Self.old, []), (Self.old, [Self.new]), (Self.new, [Self.old]), (Self.new, []),
            ]
            let known = Kept<DemoFile>()
            let cursor = Kept<String>()
            let settings = Kept<NodeConfiguration>()
            for (number, step) in steps.enumerated() {
                try await Installation.run(
                    on: database,
                    known: known.value,
                    configure: { configuration in
                        configuration.keyEncryptionKey = Secret(step.current)
                        configuration.previousKeyEncryptionKeys = step.previous.map { Secret($0) }
                        settings.value = configuration
                    }
                ) { maitre in
                    known.value = maitre.demo
                    // In and out: the app's secret verifies the webhook, the channel's token sends the answer.
                    let chat = try await maitre.greet("96650000080\(number)", at: 0)
                    #expect(try await chat.sent().count >= 1)
                    if number == 1 { cursor.value = try await maitre.owner(0, .GET, "/conversations?limit=1").json["nextCursor"]?.string }
                    if number == 2 {
                        let kept = cursor.value ?? ""
                        #expect(try await maitre.owner(0, .GET, "/conversations?limit=1&cursor=\(kept)").status == 200)
                        var logger = Logger(label: "test")
                        logger.logLevel = .error
                        let configuration = try #require(settings.value)
                        let databases = Databases(configuration, purpose: "admin", logger: logger)
                        let node = APINode(configuration, databases: databases, logger: logger)
                        let outcomes = try await node.rotation.run(by: .system("test"))
                        await databases.shutDown()
                        let sealed = outcomes.filter { $0.sealed > 0 }.map { "\($0.table) \($0.sealed)" }
                        #expect(sealed == ["merchant_data_keys 3", "meta_apps 1", "signing_keys 1"])
                        #expect(outcomes.allSatisfy { $0.refused == 0 })
                    }
                }
            }
        }
    }

    @Test("A10: tokens that change places between two restaurants' channels send nothing, and both owners can read why")
    func swapped() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("966500000811", at: 0)
            _ = try await maitre.sql(
                """
                update app.channels c set access_token_sealed = o.access_token_sealed from app.channels o
                where o.merchant_id <> c.merchant_id and c.merchant_id = '\(maitre.demo.merchants[0].restaurantId)'
                    and o.merchant_id = '\(maitre.demo.merchants[1].restaurantId)' returning ''
                """
            )
            let message = try await chat.say("to whom?")
            try await chat.reaches("failed", message)
            #expect(try await chat.errorCode(message) == "not_sendable")
            #expect(try await chat.times(message) == 0)
            try await maitre.eventually("it is in the log") {
                let entries = try await maitre.owner(0, .GET, "/audit-log?action=secret.refused").json["data"]?.elements ?? []
                return entries.first?["subject"]?["type"]?.string == "channels" && entries.first?["code"]?.string == "unknown_key"
            }
        }
    }
}
