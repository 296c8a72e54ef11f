import Core

/// A request body: one strict JSON object.
public struct JSONBody: Sendable {
    public let document: JSONDocument

    /// - Throws: `Problem` 400.
    public init(parsing bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { throw Problem(.bodyRequired, detail: "The request needs a JSON body.") }
        do {
            document = try JSONDocument(parsing: bytes, options: .strict, maxDepth: 32)
        } catch {
            throw Problem(.malformedJSON, detail: "The body is not valid JSON: \(error).")
        }
        guard document.root.kind == .object else { throw Problem(.malformedJSON, detail: "The body must be a JSON object.") }
    }

    /// Reads the object's members by `build` and checks them all.
    ///
    /// A reader returns a stand-in for a value that is missing or wrong and notes the error, so that `build` runs to its end and all errors are found;
    /// a stand-in never gets out, because any error makes this throw.
    ///
    ///     let input = try await request.json(context).decode { fields in
    ///         BotInput(name: fields.required("name", .text(1...80)), persona: fields.optional("persona", .text(0...2000)))
    ///     }
    ///
    /// - Throws: `Problem` 422 `validation_failed` with every wrong, missing and unknown field; what `build` throws.
    public func decode<Value>(_ build: (inout FieldReader) throws -> Value) throws -> Value {
        let errors = FieldErrors()
        var reader = FieldReader(document.root, at: "", errors)
        let value: Value
        do {
            value = try build(&reader)
        } catch {
            // Whatever `build` made of a stand-in says less than the errors themselves.
            reader.finish()
            try errors.check()
            throw error
        }
        reader.finish()
        try errors.check()
        return value
    }
}
