/// The text of queries: `name=value` joined by `&`, with percent encoding.
enum QueryText {
    /// The names and values of a query, decoded; nil where an encoding is not well-formed.
    static func pairs(of query: String) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        for piece in query.utf8.split(separator: UInt8(ascii: "&")) {
            let equals = piece.firstIndex(of: UInt8(ascii: "=")) ?? piece.endIndex
            guard let name = decode(piece[..<equals]), let value = decode(piece[equals...].dropFirst()) else {
                return nil
            }
            pairs.append((name, value))
        }
        return pairs
    }

    /// A name or value as canonical queries write it.
    static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "~"): encoded.append(byte)
            case _ where NamePart.isPlain(byte): encoded.append(byte)
            default:
                encoded.append(UInt8(ascii: "%"))
                encoded.append(NamePart.hexDigit(byte >> 4))
                encoded.append(NamePart.hexDigit(byte & 15))
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// The values of a list: split at commas; a backslash takes the meaning off a comma or a backslash.
    static func list(_ text: String) -> [String] {
        var items: [String] = [""]
        var isEscaped = false
        for character in text.unicodeScalars {
            if isEscaped {
                if character != ",", character != "\\" { items[items.count - 1].unicodeScalars.append("\\") }
                items[items.count - 1].unicodeScalars.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "," {
                items.append("")
            } else {
                items[items.count - 1].unicodeScalars.append(character)
            }
        }
        if isEscaped { items[items.count - 1].unicodeScalars.append("\\") }
        return items
    }

    /// A list of which `list` gives the values.
    static func joined(_ items: [String]) -> String {
        items.map { item in
            var escaped = ""
            for character in item.unicodeScalars {
                if character == "," || character == "\\" { escaped.unicodeScalars.append("\\") }
                escaped.unicodeScalars.append(character)
            }
            return escaped
        }.joined(separator: ",")
    }

    private static func decode(_ text: Substring.UTF8View) -> String? {
        var decoded: [UInt8] = []
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(hexValue),
                    let low = iterator.next().flatMap(hexValue)
                else { return nil }
                decoded.append(high << 4 | low)
            default: decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        NamePart.hexValue(digit >= UInt8(ascii: "a") ? digit & 0xdf : digit)
    }
}
