package import struct NIOCore.ByteBuffer

extension ByteBuffer {
    /// Writes a string in quotes, with the escapes that RFC 8259 section 7 demands and no others.
    package mutating func writeJSON(_ text: some StringProtocol) {
        var text = String(text)
        let plainEnd = JSONGrammar.endOfPlainText(text.utf8.span, from: 0)
        if plainEnd == text.utf8.count {
            reserveCapacity(minimumWritableBytes: plainEnd + 2)
            writeInteger(UInt8(ascii: "\""))
            writeString(text)
            writeInteger(UInt8(ascii: "\""))
            return
        }
        writeInteger(UInt8(ascii: "\""))
        text.withUTF8 { bytes in
            var plainStart = 0
            for index in bytes.indices {
                let byte = bytes[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
                    continue
                }
                writeBytes(bytes[plainStart..<index])
                writeJSONEscape(of: byte)
                plainStart = index + 1
            }
            writeBytes(bytes[plainStart...])
        }
        writeInteger(UInt8(ascii: "\""))
    }

    /// Writes a value as it was written before.
    package mutating func writeJSON(_ slice: JSONSlice) {
        if slice.bytes.readableBytes == 0 {
            writeStaticString("null")
        } else {
            writeImmutableBuffer(slice.bytes)
        }
    }

    /// Writes a whole number.
    package mutating func writeJSON(_ number: some BinaryInteger) {
        writeString(String(number))
    }

    /// Writes `true` or `false`.
    package mutating func writeJSON(_ flag: Bool) {
        writeStaticString(flag ? "true" : "false")
    }

    private mutating func writeJSONEscape(of byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): writeStaticString("\\\"")
        case UInt8(ascii: "\\"): writeStaticString("\\\\")
        case 0x0a: writeStaticString("\\n")
        case 0x0d: writeStaticString("\\r")
        case 0x09: writeStaticString("\\t")
        default:
            let digits = String(byte, radix: 16)
            writeStaticString(digits.utf8.count == 1 ? "\\u000" : "\\u00")
            writeString(digits)
        }
    }
}

extension JSONSlice {
    /// A string value.
    package init(string: some StringProtocol) {
        var bytes = ByteBuffer()
        bytes.writeJSON(string)
        self.init(unchecked: bytes)
    }

    /// A whole number.
    package init(integer: some BinaryInteger) {
        self.init(unchecked: ByteBuffer(string: String(integer)))
    }
}
