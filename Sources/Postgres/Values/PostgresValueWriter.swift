/// Collects the binary form of one value.
public struct PostgresValueWriter {
    @usableFromInline var bytes: [UInt8]
    @usableFromInline var isNull = false
    var failure: StaticString?

    init(bytes: [UInt8] = []) {
        self.bytes = bytes
    }

    /// The value is NULL; nothing may be written beside it.
    @inlinable public mutating func writeNull() {
        isNull = true
    }

    /// Appends an integer in network byte order.
    @inlinable public mutating func writeInteger<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    @inlinable public mutating func writeBytes(_ more: some Sequence<UInt8>) {
        bytes.append(contentsOf: more)
    }

    /// Appends UTF-8 without a terminator.
    @inlinable public mutating func writeString(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// The value has no binary form here; running its statement throws an error of kind ``PostgresError/Kind-swift.enum/encoding``.
    mutating func fail(_ reason: StaticString) {
        failure = reason
    }

    /// Appends a length-prefixed element: 4 bytes of length (−1 for NULL) and the value.
    mutating func writeElement(_ write: (inout PostgresValueWriter) -> Void) {
        let start = bytes.count
        writeInteger(Int32(0))
        write(&self)
        let length = isNull ? -1 : Int32(truncatingIfNeeded: bytes.count - start - 4)
        isNull = false
        withUnsafeBytes(of: length.bigEndian) { source in
            for (offset, byte) in source.enumerated() { bytes[start + offset] = byte }
        }
    }
}
