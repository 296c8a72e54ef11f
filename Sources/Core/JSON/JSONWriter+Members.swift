import Foundation

extension JSONWriter {
    public mutating func member(_ name: StaticString, _ value: String) {
        key(literal: name)
        string(value)
    }

    public mutating func member(_ name: StaticString, _ value: Int64) {
        key(literal: name)
        int(value)
    }

    public mutating func member(_ name: StaticString, _ value: Bool) {
        key(literal: name)
        bool(value)
    }

    /// `null` when there is no value.
    public mutating func member(_ name: StaticString, nullable value: String?) {
        key(literal: name)
        if let value { string(value) } else { null() }
    }

    /// Nothing at all when there is no value.
    public mutating func member(_ name: StaticString, ifPresent value: String?) {
        if let value { member(name, value) }
    }

    @inlinable
    public mutating func member(_ name: StaticString, object body: (inout JSONWriter) throws -> Void) rethrows {
        key(literal: name)
        try object(body)
    }

    @inlinable
    public mutating func member(_ name: StaticString, array body: (inout JSONWriter) throws -> Void) rethrows {
        key(literal: name)
        try array(body)
    }

    /// An id in its lower-case form.
    @inlinable
    public mutating func member<Tag>(_ name: StaticString, _ value: Identifier<Tag>) {
        key(literal: name)
        uuid(value.uuid)
    }

    /// `null` when there is no id.
    @inlinable
    public mutating func member<Tag>(_ name: StaticString, nullable value: Identifier<Tag>?) {
        key(literal: name)
        if let value { uuid(value.uuid) } else { null() }
    }

    /// A moment in the API's only time format.
    public mutating func member(_ name: StaticString, _ value: Timestamp) {
        key(literal: name)
        plain(atMost: 24, value.writeRFC3339)
    }

    /// `null` when there is no moment.
    public mutating func member(_ name: StaticString, nullable value: Timestamp?) {
        key(literal: name)
        if let value { plain(atMost: 24, value.writeRFC3339) } else { null() }
    }

    /// A UUID in lower case.
    public mutating func uuid(_ value: UUID) {
        plain(atMost: 36, value.writeLowercased)
    }

    /// A complete JSON value, copied as it is.
    public mutating func member(_ name: StaticString, raw value: some Sequence<UInt8>) {
        key(literal: name)
        raw(value)
    }

    /// See `element(_:)`.
    public mutating func member(_ name: StaticString, _ value: JSONElement) {
        key(literal: name)
        element(value)
    }

    /// Writes `element` so that PostgreSQL's `jsonb` takes it whatever a provider sent: strings decoded and escaped again (of a lenient document
    /// without NUL and lone surrogates), numbers beyond a `Double` as strings. Use `raw(element.rawBytes)` for the exact source.
    public mutating func element(_ element: JSONElement) {
        switch element.kind {
        case .object:
            object { writer in
                for (key, value) in element.members {
                    writer.key(key)
                    writer.element(value)
                }
            }
        case .array:
            array { writer in
                for value in element.elements { writer.element(value) }
            }
        case .string:
            string(element.string ?? "")
        case .number:
            // jsonb's numeric ends long after Double; a number of a megabyte would still be an error there.
            if element.rawBytes.count <= 64, element.double != nil { raw(element.rawBytes) } else { string(element.rawText) }
        case .bool, .null:
            raw(element.rawBytes)
        }
    }
}
