/// Text in double quotes, with quotes, backslashes, and what cannot be printed, escaped as Go's `%q` does.
enum QuotedText {
    /// Quotes text.
    static func quote(_ text: String) -> String { quote(Array(text.utf8)) }

    /// Quotes bytes; those that are not UTF-8 are escaped one by one.
    static func quote(_ bytes: [UInt8]) -> String { "\"\(escape(bytes))\"" }

    /// The same without the quotes around it.
    static func escape(_ bytes: [UInt8]) -> String {
        var result = ""
        result.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while let first = rest.first {
            if first < 0x80 {
                append(first, to: &result)
                rest.removeFirst()
                continue
            }
            var decoder = UTF8()
            var iterator = rest.makeIterator()
            if case .scalarValue(let scalar) = decoder.decode(&iterator) {
                append(scalar, to: &result)
                rest.removeFirst(UTF8.width(scalar))
            } else {
                result += hexadecimal(first)
                rest.removeFirst()
            }
        }
        return result
    }

    private static func append(_ byte: UInt8, to result: inout String) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            result += "\\\(Character(Unicode.Scalar(byte)))"
        case 0x07: result += "\\a"
        case 0x08: result += "\\b"
        case 0x09: result += "\\t"
        case 0x0a: result += "\\n"
        case 0x0b: result += "\\v"
        case 0x0c: result += "\\f"
        case 0x0d: result += "\\r"
        case 0x20..<0x7f: result.unicodeScalars.append(Unicode.Scalar(byte))
        default: result += hexadecimal(byte)
        }
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            let digits = String(scalar.value, radix: 16)
            let width = scalar.value > 0xffff ? 8 : 4
            result += scalar.value > 0xffff ? "\\U" : "\\u"
            result += String(repeating: "0", count: width - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16)
    }
}

extension String {
    /// The text quoted as Go quotes it.
    var quoted: String { QuotedText.quote(self) }
}
