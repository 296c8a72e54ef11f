import Core
import Crypto
import Foundation
import HTTPTypes
import Testing

@testable import Simulator

@Suite("Media (A10)")
struct MediaTests {
    static let picture: [UInt8] = [0xff, 0xd8, 0xff, 0xe0] + Array(repeating: 7, count: 500) + Array("\r\n--x".utf8)

    static func form(_ file: [UInt8] = picture, type: String = "image/jpeg", product: String? = "whatsapp", boundary: String = "xyz")
        -> [UInt8]
    {
        var body: [UInt8] = []
        func part(_ header: String, _ bytes: [UInt8]) {
            body += Array("--\(boundary)\r\n\(header)\r\n\r\n".utf8) + bytes + Array("\r\n".utf8)
        }
        if let product { part("Content-Disposition: form-data; name=\"messaging_product\"", Array(product.utf8)) }
        part("Content-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\nContent-Type: \(type)", file)
        return body + Array("--\(boundary)--\r\n".utf8)
    }

    static func upload(_ rig: SimulatorRig, _ body: [UInt8]) async throws -> SimulatorRig.Answer {
        try await rig.request(
            .post,
            "/graph/v24.0/\(SimulatorRig.number)/media",
            token: SimulatorRig.token,
            raw: body,
            contentType: "multipart/form-data; boundary=xyz"
        )
    }

    @Test("Upload, link, download, delete")
    func life() async throws {
        try await SimulatorRig.run { rig async throws in
            let id = try #require(try await Self.upload(rig, Self.form()).json["id"]?.string)
            let described = try await rig.request(.get, "/graph/v24.0/\(id)", token: SimulatorRig.token)
            #expect(described.json["mime_type"] == "image/jpeg")
            #expect(described.json["file_size"] == .string(String(Self.picture.count)), "a string")
            #expect(described.json["sha256"]?.string == SHA256.hash(data: Self.picture).hexadecimal)
            let url = try #require(described.json["url"]?.string.flatMap(URL.init(string:)))
            let bytes = try await rig.request(.get, url.path, token: SimulatorRig.token)
            #expect(bytes.bytes == Self.picture)
            #expect(bytes.headers[.contentType] == "image/jpeg")
            #expect(try await rig.request(.get, url.path).status == .unauthorized)
            #expect(try await rig.request(.get, url.path, token: "EAAwrong").status == .unauthorized)
            #expect(try await rig.request(.get, "/graph/v24.0/\(id)", token: "EAAother").errorCode == 100)
            #expect(try await rig.request(.get, "/graph/v24.0/\(id)?phone_number_id=1", token: SimulatorRig.token).errorCode == 100)
            #expect(try await rig.send(["type": "image", "image": ["id": .string(id)]]).status == .ok)
            #expect(try await rig.request(.delete, "/graph/v24.0/\(id)", token: SimulatorRig.token).json == ["success": true])
            #expect(try await rig.request(.get, "/graph/v24.0/\(id)", token: SimulatorRig.token).errorCode == 100)
            #expect(try await rig.request(.get, url.path, token: SimulatorRig.token).status == .notFound)
        }
    }

    @Test("A link is dead after five minutes; a new one works until the media's own end")
    func expiry() async throws {
        try await SimulatorRig.run { rig async throws in
            let id = try #require(try await Self.upload(rig, Self.form()).json["id"]?.string)
            func link() async throws -> String? {
                try await rig.request(.get, "/graph/v24.0/\(id)", token: SimulatorRig.token).json["url"]?.string.flatMap(URL.init(string:))?
                    .path
            }
            let first = try #require(try await link())
            rig.clock.advance(by: .seconds(299))
            #expect(try await rig.request(.get, first, token: SimulatorRig.token).status == .ok)
            rig.clock.advance(by: .seconds(1))
            #expect(try await rig.request(.get, first, token: SimulatorRig.token).status == .notFound)
            let second = try #require(try await link())
            #expect(second != first)
            #expect(try await rig.request(.get, second, token: SimulatorRig.token).status == .ok)
            rig.clock.advance(by: .seconds(30 * 86_400))
            #expect(try await link() == nil)
        }
    }

    @Test("A customer's picture: type, base64 digest and a link in the webhook, seven days of life")
    func inbound() async throws {
        try await SimulatorRig.run { rig async throws in
            let stored = try await rig.request(
                .post,
                "/simulator/media?phoneNumberId=\(SimulatorRig.number)",
                raw: Self.picture,
                contentType: "image/jpeg"
            )
            let id = try #require(stored.json["id"])
            try await rig.receive(["type": "image", "image": ["id": id, "caption": "menu"]])
            let image = try #require(await rig.receiver.updates("messages", count: 1).first?["image"])
            #expect(image["id"] == id)
            #expect(image["caption"] == "menu")
            #expect(image["mime_type"] == "image/jpeg")
            #expect(image["sha256"]?.string == Data(SHA256.hash(data: Self.picture)).base64EncodedString())
            let url = try #require(image["url"]?.string.flatMap(URL.init(string:)))
            #expect(try await rig.request(.get, url.path, token: SimulatorRig.token).bytes == Self.picture)
            let shown = try await rig.request(.get, "/simulator/media/\(id.string ?? "")")
            #expect(shown.bytes == Self.picture)
            #expect(shown.headers[.xContentTypeOptions] == "nosniff")
            rig.clock.advance(by: .seconds(7 * 86_400))
            #expect(try await rig.request(.get, "/graph/v24.0/\(id.string ?? "")", token: SimulatorRig.token).errorCode == 100)
        }
    }

    @Test("The sample picture needs no upload")
    func sample() async throws {
        try await SimulatorRig.run { rig async throws in
            let answer = try await rig.receive(["type": "image", "image": ["sample": true]])
            #expect(answer.status == .accepted)
            let image = try #require(await rig.receiver.updates("messages", count: 1).first?["image"])
            #expect(image["mime_type"] == "image/jpeg")
            #expect(image["sample"] == nil)
        }
    }

    @Test("Uploads with a mistake are refused")
    func refused() async throws {
        try await SimulatorRig.run { rig async throws in
            #expect(try await Self.upload(rig, Self.form(type: "image/gif")).errorCode == 100)
            #expect(try await Self.upload(rig, Self.form(product: nil)).errorCode == 100)
            #expect(try await Self.upload(rig, Self.form([])).errorCode == 131_053)
            #expect(try await Self.upload(rig, Self.form(Array(repeating: 1, count: (5 << 20) + 1))).errorCode == 131_053)
            for broken in [
                Self.form(boundary: "other"), [], Array("--xyz".utf8), Array("--xyz\r\nno header".utf8), Array(Self.form().dropLast(10)),
            ] {
                let answer = try await Self.upload(rig, broken)
                #expect(answer.errorCode == 100 || answer.status == .ok)
            }
            let plain = try await rig.request(
                .post,
                "/graph/v24.0/\(SimulatorRig.number)/media",
                token: SimulatorRig.token,
                raw: [1],
                contentType: "text/plain"
            )
            #expect(plain.errorCode == 100)
        }
    }

    @Test("The oldest media give way when the bound is reached")
    func bound() {
        var store = MediaStore(limit: 1000)
        let now = Timestamp(unixSeconds: 1_760_000_000)
        for index in 0..<10 {
            _ = store.add(
                id: "\(index)",
                phoneNumberID: "1",
                mimeType: "image/png",
                bytes: Array(repeating: 0, count: 300),
                lifetime: .seconds(60),
                digest: [],
                at: now
            )
        }
        #expect(store.count == 3)
        #expect(store.totalBytes == 900)
        #expect(store.find("9", at: now) != nil)
        #expect(store.find("0", at: now) == nil)
    }
}
