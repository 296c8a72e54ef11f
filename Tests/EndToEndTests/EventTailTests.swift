import Core
import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import maitre

/// `maitre events tail`, the program itself against the database of a running installation.
@Suite("maitre events tail", .serialized)
struct EventTailTests {
    /// One run of the program, and what it has printed.
    private struct Run {
        let child: ChildProcess
        private let path: String

        var lines: [String] {
            get throws { try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init) }
        }

        static func start(_ maitre: Installation, _ arguments: [String], directory: String) async throws -> Run {
            let path = "\(directory)/tail-\(UInt32.random(in: 0 ... .max))"
            let output = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            try #require(output >= 0)
            defer { close(output) }
            let program = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent().appending(
                path: "maitre"
            )
            let child = try await ChildProcess.spawn(
                .init(
                    executable: program.path,
                    arguments: ["events", "tail"] + arguments,
                    environment: [
                        "PATH": "/usr/bin:/bin", "TMPDIR": NSTemporaryDirectory(), "MAITRE_LOG_FORMAT": "text",
                        "MAITRE_LOG_LEVEL": "warning",
                        "MAITRE_DATABASE_TENANT_URL": try maitre.database.url(role: "maitre_tenant"),
                        "MAITRE_DATABASE_PLATFORM_URL": try maitre.database.url(role: "maitre_platform"),
                        "MAITRE_SECRETS_KEY_ENCRYPTION_KEY": (0..<32).map { UInt8($0) }.hexadecimal,
                    ],
                    output: output
                )
            )
            return Run(child: child, path: path)
        }
    }

    @Test("It prints what happens as it happens, only what was asked for, from where it was asked to, and ends at once with Ctrl-C")
    func follows() async throws {
        let directory = NSTemporaryDirectory() + "tail-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await Installation.run { maitre in
            let merchant = maitre.demo.merchants[0].restaurantId
            let start = try #require(try await maitre.owner(0, .GET, "/events").json["nextPosition"]?.string)
            let chat = try await maitre.open("966500000901", at: 0)
            try await maitre.drained()
            let stored = try await maitre.sql(
                "select count(*)::text from app.events where merchant_id = '\(merchant)' and data->>'conversationId' = '\(chat.id)'"
            )
            @Sendable func read() async throws -> [JSONElement] {
                try await maitre.owner(0, .GET, "/events?limit=100&after=\(start)").json["data"]?.elements ?? []
            }
            // Transactions of other tests in the cluster hold up what can be read.
            try await maitre.eventually("all can be read") {
                try await read().count { $0["data"]?["conversationId"]?.string == chat.id }.description == stored.first
            }
            let events = try await read()
            #expect(events.count > 4)

            let json = try await Run.start(maitre, ["--merchant", merchant, "--json", "--after", start], directory: directory)
            let plain = try await Run.start(
                maitre,
                ["--merchant", merchant, "--types", "message_received,bot_disconnected", "--after", "beginning"],
                directory: directory
            )
            try await maitre.eventually("what was before") { try json.lines.count == events.count && plain.lines.count == 1 }
            #expect(try json.lines == events.map(\.rawText))
            let now = try await Run.start(maitre, ["--merchant", merchant], directory: directory)
            // Told until it is seen: nothing says that the program listens.
            try await maitre.eventually("what comes") {
                try await maitre.receive(#"{"type":"text","text":{"body":"and now?"}}"#, from: chat.customer, at: 0)
                try await Task.sleep(for: .milliseconds(200))
                return try now.lines.contains { $0.contains("message_received") && $0.contains("and now?") }
            }
            try await maitre.receive(#"{"type":"text","text":{"body":"of another restaurant"}}"#, from: "966500000902", at: 1)
            try await maitre.drained()
            let received = try await maitre.sql(
                "select count(*)::text from app.events where type = 'message_received' and merchant_id = '\(merchant)'"
            )
            try await maitre.eventually("all of it is in all of them") {
                try plain.lines.count == Int(received[0]) && json.lines.contains { $0.contains("and now?") }
            }
            #expect(try plain.lines.allSatisfy { $0.contains("  message_received  {") })
            for run in [json, plain, now] {
                #expect(try !run.lines.contains { $0.contains("of another restaurant") })
                let before = ContinuousClock.now
                run.child.send(SIGINT)
                #expect(await run.child.exitUnlessCancelled() == .code(0))
                #expect(before.duration(to: .now) < .seconds(3))
            }
        }
    }

    @Test("What it cannot do it says in one line")
    func refuses() async throws {
        let directory = NSTemporaryDirectory() + "tail-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await Installation.run { maitre in
            let merchant = maitre.demo.merchants[0].restaurantId
            let cases: [([String], String)] = [
                (["--merchant", "x"], "--merchant must be a UUID"),
                (["--merchant", merchant, "--types", "made_up"], "no event type made_up"),
                (["--merchant", merchant, "--after", "42"], "--after is no position"),
                (["--merchant", merchant, "--after", String(repeating: "A", count: 42) + "Q"], "no longer kept"),
            ]
            for (arguments, message) in cases {
                let run = try await Run.start(maitre, arguments, directory: directory)
                let exit = await run.child.exitUnlessCancelled()
                #expect(exit != .code(0))
                let lines = try run.lines
                #expect(lines.contains { $0.contains(message) }, "\(lines)")
            }
        }
    }
}
