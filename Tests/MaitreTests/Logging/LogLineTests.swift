import Core
import Foundation
import Logging
import Testing

@testable import maitre

@Suite("Log lines")
struct LogLineTests {
    static let time = Timestamp(microseconds: 1_763_676_138_217_000)

    static func line(
        _ message: String,
        _ metadata: Logger.Metadata = [:],
        format: LogSettings.Format = .json,
        error: (any Error)? = nil
    ) -> String {
        let line = LogLine(format: format, time: time, level: .info, label: "maitre.http", message: message, error: error, metadata)
        return String(decoding: line.bytes, as: UTF8.self)
    }

    @Test("J1: a request's line has its names in a fixed order, numbers as numbers")
    func request() {
        let line = Self.line(
            "Request",
            [
                "status": .stringConvertible(200), "durationMs": .stringConvertible(1.5), "route": "/api/v1/messages",
                "ok": .stringConvertible(true),
                "merchantId": "0198", "hb.request.id": "abc", "list": ["a", .stringConvertible(1)], "object": ["b": "2", "a": "1"],
            ]
        )
        #expect(
            line == """
                {"ts":"2025-11-20T22:02:18.217Z","level":"info","label":"maitre.http","message":"Request","requestId":"abc","merchantId":"0198",\
                "durationMs":1.5,"list":["a",1],"object":{"a":"1","b":"2"},"ok":true,"route":"/api/v1/messages","status":200}

                """
        )
    }

    @Test("Metadata cannot overwrite the names that lead a record")
    func reservedNames() throws {
        let line = Self.line("Real", ["message": "forged", "level": "debug", "ts": "never"])
        let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(object["message"] == "Real")
        #expect(object["level"] == "info")
        #expect(object["metadata.message"] == "forged")
    }

    @Test(
        "One record is one line that moves no cursor and turns no text, and reads back as it was",
        arguments: LogSettings.Format.allCases,
        [
            "new\nline\r\n{\"level\":\"forged\"}", "\u{1b}[2J\u{1b}[31mred", "\u{9b}31m", "a\u{202e}txt.exe", "\u{2066}x\u{2069}",
            "\u{200f}\u{061c}",
            "\u{2028}\u{2029}", "\0\u{7f}", "quote \" backslash \\ tab\t", "مرحبا 👋 é",
        ]
    )
    func escaping(format: LogSettings.Format, text: String) throws {
        let line = Self.line(text, ["key\n": .string(text)], format: format, error: Failure(description: text))
        #expect(line.hasSuffix("\n"))
        let forbidden = line.dropLast().unicodeScalars.filter { scalar in
            scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
                || ["\u{200e}", "\u{200f}", "\u{061c}", "\u{2028}", "\u{2029}"].contains(scalar)
                || ("\u{202a}"..."\u{202e}").contains(scalar) || ("\u{2066}"..."\u{2069}").contains(scalar)
        }
        #expect(forbidden.isEmpty)
        guard format == .json else { return }
        let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(object["message"] == text)
        #expect(object["key\n"] == text)
        #expect(object["error"] == text)
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    @Test("The text format is for people")
    func textFormat() {
        let line = Self.line(
            "Listening",
            ["port": .stringConvertible(8080), "host": "::1", "note": "two words", "empty": ""],
            format: .text
        )
        #expect(line == "2025-11-20T22:02:18.217Z info     Listening  maitre.http  empty=\"\"  host=::1  note=\"two words\"  port=8080\n")
    }

    @Test("A handler merges metadata: the call's own wins, then the provider's, then the logger's")
    func merging() async throws {
        let pipe = Pipe()
        let output = LogOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let provider = Logger.MetadataProvider { ["a": "provider", "b": "provider"] }
        var logger = Logger(label: "test") { label in
            var handler = LineLogHandler(label: label, level: .info, format: .json, output: output)
            handler.metadataProvider = provider
            return handler
        }
        logger[metadataKey: "a"] = "logger"
        logger[metadataKey: "c"] = "logger"
        logger.info("Merged", metadata: ["b": "call"])
        logger.debug("Below the level")
        try pipe.fileHandleForWriting.close()
        let data = try #require(try pipe.fileHandleForReading.readToEnd())
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: String])
        #expect(object["a"] == "provider")
        #expect(object["b"] == "call")
        #expect(object["c"] == "logger")
    }

    @Test("Lines of many tasks do not mix")
    func concurrent() async throws {
        let path = "\(NSTemporaryDirectory())/maitre-log-\(UUID())"
        let file = open(path, O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0o600)
        defer {
            close(file)
            unlink(path)
        }
        let output = LogOutput(descriptor: file)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let logger = Logger(label: "t\(task)") { LineLogHandler(label: $0, level: .info, format: .json, output: output) }
                    for _ in 0..<200 { logger.info("Line", metadata: ["text": .string(String(repeating: "x", count: 3000))]) }
                }
            }
        }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 1600)
        #expect(lines.allSatisfy { $0.hasPrefix("{\"ts\"") && $0.hasSuffix("xxx\"}") })
    }
}
