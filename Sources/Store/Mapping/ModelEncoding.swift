import RESProtocol

import struct NIOCore.ByteBuffer

/// How values of a database are written as RES values. One text for one value, so equal values have equal bytes.
enum ModelEncoding {
    /// Largest blob that stands in a model, in bytes; of a larger one only the size does.
    static let maximumInlineBlob = 1024

    /// Integers beyond this magnitude are written as strings, since a JavaScript number cannot hold them.
    static let maximumSafeInteger: Int64 = 9_007_199_254_740_991

    /// The lower-case hexadecimal digit of a value below 16.
    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + (value - 10)
    }

    /// `"name":`
    static func memberPrefix(_ name: String) -> ByteBuffer {
        var prefix = ByteBuffer()
        prefix.writeJSON(name)
        prefix.writeInteger(UInt8(ascii: ":"))
        return prefix
    }
}

extension ByteBuffer {
    /// Writes a value of a column.
    mutating func writeValue(_ value: SQLValue, as form: ColumnForm) {
        switch value {
        case .null: writeStaticString("null")
        case .integer(let number): writeValue(number, as: form)
        case .real(let number): writeValue(number)
        case .text(let text): writeValue(text: text.bytes.span, as: form)
        case .blob(let bytes) where bytes.count <= ModelEncoding.maximumInlineBlob: writeSmallBlob(bytes.span)
        case .blob(let bytes): writeLargeBlob(bytes, at: nil)
        }
    }

    /// Writes an integer: a string where it is too large for a JavaScript number, a boolean where one is declared.
    mutating func writeValue(_ number: Int64, as form: ColumnForm) {
        if form == .boolean, number == 0 || number == 1 {
            writeStaticString(number == 1 ? "true" : "false")
        } else if number.magnitude > ModelEncoding.maximumSafeInteger.magnitude {
            writeStaticString("\"")
            writeString(String(number))
            writeStaticString("\"")
        } else {
            writeString(String(number))
        }
    }

    /// Writes a real number: the shortest text that reads back as the same, or a string for an infinity.
    mutating func writeValue(_ number: Double) {
        if number.isFinite {
            writeString(number.description)
        } else {
            writeStaticString(number < 0 ? "\"-Infinity\"" : "\"Infinity\"")
        }
    }

    /// Writes text; in a column declared as JSON, the value that the text is.
    mutating func writeValue(text: Span<UInt8>, as form: ColumnForm) {
        guard form == .json, writeStoredJSON(text) else { return writeJSONString(text) }
    }

    /// Writes a blob as base64.
    mutating func writeSmallBlob(_ blob: Span<UInt8>) {
        writeStaticString("{\"data\":{\"$base64\":true,\"encoded\":\"")
        writeBytes(Base64.encode(blob))
        writeStaticString("\"}}")
    }

    /// Writes what a blob is too large for: its size, its digest, and where its bytes are.
    ///
    /// - Parameter address: a path that serves the bytes; nil where none does.
    mutating func writeLargeBlob(_ blob: [UInt8], at address: String?) {
        writeStaticString("{\"data\":{\"$blob\":{\"size\":")
        writeString(String(blob.count))
        writeStaticString(",\"sha256\":\"")
        writeHex(SHA256.digest(of: blob))
        writeStaticString("\",\"href\":")
        if let address { writeJSON(address) } else { writeStaticString("null") }
        writeStaticString("}}}")
    }

    /// Writes bytes as lower-case hexadecimal digits.
    mutating func writeHex(_ bytes: [UInt8]) {
        for byte in bytes {
            writeInteger(ModelEncoding.digit(byte >> 4))
            writeInteger(ModelEncoding.digit(byte & 15))
        }
    }

    /// Writes a string in quotes from bytes that should be UTF-8.
    mutating func writeJSONString(_ text: Span<UInt8>) {
        guard ByteBuffer.isPlain(text) else { return writeJSON(ByteBuffer.repaired(text)) }
        writeStaticString("\"")
        writeBytes(text.bytes)
        writeStaticString("\"")
    }

    /// Writes the JSON value that a text is; false when it is none, and then nothing is written.
    private mutating func writeStoredJSON(_ text: Span<UInt8>) -> Bool {
        var copy = ByteBuffer()
        copy.writeBytes(text.bytes)
        guard let slice = try? JSONSlice(parsing: copy), (try? UTF8Span(validating: text)) != nil else {
            return false
        }
        switch slice.kind {
        case .object, .array:
            writeStaticString("{\"data\":")
            writeJSON(slice)
            writeStaticString("}")
        default: writeJSON(slice)
        }
        return true
    }

    /// Whether text can stand between quotes as it is.
    private static func isPlain(_ text: Span<UInt8>) -> Bool {
        var isASCII = true
        for index in text.indices {
            let byte = text[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
            if byte >= 0x80 { isASCII = false }
        }
        return isASCII || (try? UTF8Span(validating: text)) != nil
    }

    private static func repaired(_ text: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for index in text.indices { bytes.append(text[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
