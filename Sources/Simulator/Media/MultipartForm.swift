/// The parts of a `multipart/form-data` body (RFC 7578), as far as uploads need them.
struct MultipartForm: Sendable {
    struct Part: Sendable {
        let name: String
        let filename: String?
        let contentType: String?
        let bytes: ArraySlice<UInt8>
    }

    let parts: [Part]

    subscript(name: String) -> Part? { parts.first { $0.name == name } }

    /// Nil when the body does not have the form that its content type claims.
    init?(contentType: String, body: [UInt8]) {
        guard contentType.lowercased().hasPrefix("multipart/form-data"), let boundary = Self.parameter("boundary", in: contentType),
            (1...70).contains(boundary.utf8.count)
        else { return nil }
        let delimiter = Array("--\(boundary)".utf8)
        guard var position = Self.find(delimiter, in: body, from: 0) else { return nil }
        var parts: [Part] = []
        while parts.count < 32 {
            position += delimiter.count
            if body[position...].starts(with: Array("--".utf8)) { break }
            guard body[position...].starts(with: Array("\r\n".utf8)) else { return nil }
            position += 2
            guard let headerEnd = Self.find(Array("\r\n\r\n".utf8), in: body, from: position),
                let end = Self.find(Array("\r\n".utf8) + delimiter, in: body, from: headerEnd + 2)
            else { return nil }
            var disposition = ""
            var type: String?
            for line in String(decoding: body[position..<headerEnd], as: UTF8.self).split(separator: "\r\n") {
                guard let colon = line.firstIndex(of: ":") else { continue }
                let value = String(line[line.index(after: colon)...].drop { $0 == " " })
                switch line[..<colon].lowercased() {
                case "content-disposition": disposition = value
                case "content-type": type = value
                default: continue
                }
            }
            guard let name = Self.parameter("name", in: disposition) else { return nil }
            parts.append(
                Part(
                    name: name,
                    filename: Self.parameter("filename", in: disposition),
                    contentType: type,
                    bytes: body[min(headerEnd + 4, end)..<end]
                )
            )
            position = end + 2
        }
        self.parts = parts
    }

    /// `name="value"` or `name=value` in a header.
    private static func parameter(_ name: String, in header: String) -> String? {
        for piece in header.split(separator: ";").dropFirst() {
            let trimmed = piece.drop { $0 == " " }
            guard let equals = trimmed.firstIndex(of: "="), trimmed[..<equals].lowercased() == name else { continue }
            var value = trimmed[trimmed.index(after: equals)...]
            if value.hasPrefix("\""), value.hasSuffix("\""), value.count >= 2 { value = value.dropFirst().dropLast() }
            return String(value)
        }
        return nil
    }

    private static func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = pattern.first, start <= bytes.count else { return nil }
        var position = start
        while let candidate = bytes[position...].firstIndex(of: first) {
            guard candidate + pattern.count <= bytes.count else { return nil }
            if bytes[candidate..<candidate + pattern.count].elementsEqual(pattern) { return candidate }
            position = candidate + 1
        }
        return nil
    }
}
