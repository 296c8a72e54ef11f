import Core
import Crypto
import HTTPTypes
import Hummingbird
import NIOCore

/// Media (A10): upload, a link for five minutes, download with the token.
extension GraphRoutes {
    func uploadMedia(_ request: Request, _ context: Context) async throws -> Response {
        let phoneNumberID = object(context)
        let token = request.bearerToken
        _ = try meta.change { state, _ throws(GraphError) in
            try state.authorise(phoneNumberID: phoneNumberID, token: token, method: "post")
        }
        let body = try await request.bytes(upTo: 101 << 20)
        guard let form = MultipartForm(contentType: request.headers[.contentType] ?? "", body: body) else {
            throw GraphError.parameter("The body must be multipart/form-data.")
        }
        guard let product = form["messaging_product"], String(decoding: product.bytes, as: UTF8.self) == "whatsapp" else {
            throw GraphError.parameter("The parameter messaging_product is required.")
        }
        guard let file = form["file"] else { throw GraphError.parameter("The parameter file is required.") }
        let type = form["type"].map { String(decoding: $0.bytes, as: UTF8.self) } ?? file.contentType ?? ""
        guard let kind = MediaKind(mimeType: type) else {
            let known =
                "audio/aac, audio/mp4, audio/mpeg, audio/amr, audio/ogg, image/jpeg, image/png, image/webp, video/mp4, video/3gpp, …"
            throw GraphError.parameter(
                "Param file must be a file with one of the following types: \(known). Received file of type '\(type)'."
            )
        }
        guard !file.bytes.isEmpty, file.bytes.count <= kind.limit else {
            throw GraphError(
                code: 131_053,
                details: "Media upload error: \(kind.rawValue) of \(file.bytes.count) bytes, at most \(kind.limit)."
            )
        }
        let media = meta.store(Array(file.bytes), mimeType: type, phoneNumberID: phoneNumberID, lifetime: MediaStore.uploadLifetime)
        return jsonAnswer(["id": .string(media.id)])
    }

    /// The bytes behind a link: 401 without a known token, 404 when the five minutes are over.
    func download(link: String, token: String?) throws -> Response {
        let media = try meta.change { state, now throws(GraphError) in
            guard let token, state.isKnown(token) else { throw .badToken }
            return state.media.resolve(token: link, at: now)
        }
        guard let media else { return Response(status: .notFound) }
        return Response(
            status: .ok,
            headers: [.contentType: media.mimeType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: media.bytes))
        )
    }
}

extension SimulatedMeta {
    /// Keeps bytes as media of a number. The digest is computed outside the lock.
    func store(_ bytes: [UInt8], mimeType: String, phoneNumberID: String, lifetime: Duration) -> StoredMedia {
        let digest = Array(SHA256.hash(data: bytes))
        return change { state, now in
            state.media.add(
                id: state.ids.graphID(),
                phoneNumberID: phoneNumberID,
                mimeType: mimeType,
                bytes: bytes,
                lifetime: lifetime,
                digest: digest,
                at: now
            )
        }
    }
}

extension SimulatorState {
    /// `GET /{MEDIA_ID}`: a fresh link each time.
    mutating func describeMedia(_ id: String, token: String, owner: String?, base: String, at now: Timestamp) throws(GraphError)
        -> JSONValue
    {
        guard let stored = media.find(id, at: now) else { throw .unknownObject(id, method: "get") }
        if let owner, owner != stored.phoneNumberID { throw .unknownObject(id, method: "get") }
        guard numbers[stored.phoneNumberID]?.phone.accessToken.reveal() == token else { throw .unknownObject(id, method: "get") }
        return [
            "messaging_product": "whatsapp",
            "url": .string(link(to: id, base: base, at: now)),
            "mime_type": .string(stored.mimeType),
            "sha256": .string(stored.hexadecimalDigest),
            "file_size": .string(String(stored.bytes.count)),
            "id": .string(id),
        ]
    }

    /// A link that lives five minutes.
    mutating func link(to id: String, base: String, at now: Timestamp) -> String {
        let token = ids.token()
        media.addLink(token: token, to: id, at: now)
        return "\(base)\(configuration.graphPath)/lookaside/\(token)"
    }
}
