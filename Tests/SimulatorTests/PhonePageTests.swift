import AsyncHTTPClient
import Core
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOHTTP1
import Testing

@testable import Simulator

@Suite("The phone page")
struct PhonePageTests {
    static let names = [
        "api.js", "app.js", "base.css", "bubble.js", "chat.css", "chat.js", "composer.js", "format.js", "i18n.js", "icon.svg", "index.html",
        "sample.jpg", "setup.js", "sheet.js", "summary.js",
    ]

    static func text(_ name: String) throws -> String {
        try String(decoding: #require(PhoneResources()[name]).bytes, as: UTF8.self)
    }

    @Test("Every file is served with its type under a strict policy", arguments: names)
    func files(name: String) async throws {
        try await SimulatorRig.run { rig async throws in
            let answer = try await rig.request(.get, name == "index.html" ? "/phone" : "/phone/\(name)")
            #expect(answer.status == .ok)
            let policy = try #require(answer.headers[.contentSecurityPolicy])
            #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'; "))
            #expect(!policy.contains("unsafe") && !policy.contains("http"))
            #expect(answer.headers[.xContentTypeOptions] == "nosniff")
            let tag = try #require(answer.headers[.eTag])
            let again = try await rig.client.execute(uri: "/phone/\(name)", method: .get, headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified)
        }
    }

    @Test("Nothing else is served", arguments: ["/phone/none.js", "/phone/..%2fSimulatedMeta.swift", "/phone/%2e%2e", "/phone/.hidden"])
    func nothingElse(path: String) async throws {
        try await SimulatorRig.run { rig async throws in
            #expect(try await rig.request(.get, path).status == .notFound)
        }
    }

    @Test("Nothing inline and nothing from other hosts")
    func nothingForeign() throws {
        let page = try Self.text("index.html")
        #expect(!page.contains("<style") && !page.contains(" style=") && !page.contains("onclick=") && !page.contains("//cdn"))
        #expect(page.components(separatedBy: "<script").count == 2)
        for name in Self.names where name.hasSuffix(".css") { #expect(!(try Self.text(name)).contains("url(")) }
        for name in Self.names where name.hasSuffix(".js") {
            let source = try Self.text(name)
            #expect(!source.contains("innerHTML") && !source.contains("insertAdjacentHTML") && !source.contains("eval("), "\(name)")
            for match in source.matches(of: /from '([^']+)'/) {
                let file = String(match.1.dropFirst(2))
                #expect(Self.names.contains(file), "\(name) imports \(file)")
            }
        }
    }

    @Test("Every word exists in English, Arabic and Indonesian")
    func words() throws {
        let source = try Self.text("i18n.js")
        var keys: [String: Set<String>] = [:]
        var language = ""
        for line in source.split(separator: "\n") {
            if let match = line.firstMatch(of: /^  (en|ar|id): \{$/) { language = String(match.1) }
            if line.hasPrefix("};") { language = "" }
            guard !language.isEmpty else { continue }
            for match in line.matches(of: /(?:^|, |\s)([a-zA-Z0-9]+): '/) { keys[language, default: []].insert(String(match.1)) }
        }
        let english = try #require(keys["en"])
        #expect(english.count > 50)
        #expect(keys["ar"] == english)
        #expect(keys["id"] == english)
        var used: Set<String> = []
        for name in Self.names where name.hasSuffix(".js") {
            for match in try Self.text(name).matches(of: /\bt\('([a-zA-Z0-9]+)'/) { used.insert(String(match.1)) }
        }
        for match in try Self.text("index.html").matches(of: /data-(?:text|label|placeholder)="([^"]+)"/) { used.insert(String(match.1)) }
        #expect(used.subtracting(english) == [])
    }

    @Test("The event stream: snapshot, new messages, states, typing; read when the page says so")
    func stream() async throws {
        try await SimulatorRig.run {
            // Somebody reads by himself unless a page does.
            $0.delays.read = .milliseconds(30)
        } _: { rig async throws in
            try await rig.receive(["type": "text", "text": ["body": "before"]])
            let thread = "/simulator/threads/\(SimulatorRig.number)/\(SimulatorRig.customer)"
            let port = try #require(rig.client.port)
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://localhost:\(port)\(thread)/events?reader=page"),
                timeout: .seconds(30)
            )
            #expect(response.headers.first(name: "content-type") == "text/event-stream")
            var events = EventReader(body: response.body)
            let snapshot = try #require(try await events.next())
            #expect(snapshot.name == "snapshot")
            #expect(snapshot.data["entries"]?.elements?.count == 1)
            #expect(snapshot.data["number"]?["restaurantName"] == "مطعم الديرة")

            let id = try #require(try await rig.receive(["type": "text", "text": ["body": "hi"]]).json["id"])
            var event = try #require(try await events.next("entry"))
            #expect(event.data["id"] == id)
            #expect(event.data["direction"] == "customer")
            _ = await rig.receiver.updates("messages", count: 2)
            _ = try await rig.send(["status": "read", "message_id": id, "typing_indicator": ["type": "text"]])
            event = try #require(try await events.next("typing"))
            #expect(event.data["milliseconds"] == 25_000)

            let sent = try await rig.text("Hello")
            let answer = try #require(sent.json["messages"]?.elements?.first?["id"])
            event = try #require(try await events.next("entry"))
            #expect(event.data["id"] == answer)
            while event.data["state"] != "delivered" { event = try #require(try await events.next("state")) }
            #expect(rig.receiver.posts.flatMap { $0.updates("statuses") }.contains { $0["status"] == "read" } == false)
            #expect(try await rig.request(.post, thread + "/read", [:]).status == .ok)
            let statuses = await rig.receiver.updates("statuses", count: 3)
            #expect(statuses.compactMap { $0["status"]?.string } == ["sent", "delivered", "read"])
        }
    }

    @Test("What is read before it counts as delivered is reported in order")
    func readEarly() async throws {
        try await SimulatorRig.run {
            $0.delays.delivered = .milliseconds(200)
            $0.delays.read = nil
        } _: { rig async throws in
            _ = try await rig.text("Hello")
            _ = try await rig.request(.post, "/simulator/threads/\(SimulatorRig.number)/\(SimulatorRig.customer)/read", [:])
            let statuses = await rig.receiver.updates("statuses", count: 3)
            #expect(statuses.compactMap { $0["status"]?.string } == ["sent", "delivered", "read"])
        }
    }

    @Test("Reset empties the conversations and tells the page; unknown numbers are 404")
    func reset() async throws {
        try await SimulatorRig.run { rig async throws in
            try await rig.receive(["type": "text", "text": ["body": "hi"]])
            #expect(try await rig.request(.post, "/simulator/reset").status == .ok)
            let thread = try await rig.request(.get, "/simulator/threads/\(SimulatorRig.number)/\(SimulatorRig.customer)")
            #expect(thread.json["entries"] == [])
            #expect(try await rig.request(.get, "/simulator/threads/1/\(SimulatorRig.customer)").status == .notFound)
            #expect(try await rig.request(.get, "/simulator/threads/1/\(SimulatorRig.customer)/events").status == .notFound)
            #expect(try await rig.request(.get, "/simulator/numbers/\(SimulatorRig.number)/threads").json["threads"] == [])
        }
    }
}

/// Reads server-sent events from a body.
private struct EventReader {
    private var iterator: HTTPClientResponse.Body.AsyncIterator
    private var text = ""

    init(body: HTTPClientResponse.Body) {
        iterator = body.makeAsyncIterator()
    }

    mutating func next() async throws -> (name: String, data: JSONValue)? {
        while true {
            if let end = text.firstRange(of: "\n\n") {
                let block = text[..<end.lowerBound]
                text = String(text[end.upperBound...])
                var name: String?
                var data: JSONValue = .null
                for line in block.split(separator: "\n") {
                    if line.hasPrefix("event: ") { name = String(line.dropFirst(7)) }
                    if line.hasPrefix("data: ") { data = try JSONValue(parsing: line.dropFirst(6).utf8) }
                }
                if let name { return (name, data) }
                continue
            }
            guard let buffer = try await iterator.next() else { return nil }
            text += String(buffer: buffer)
        }
    }

    /// The next event of that name.
    mutating func next(_ name: String) async throws -> (name: String, data: JSONValue)? {
        while let event = try await next() {
            if event.name == name { return event }
        }
        return nil
    }
}
