/// One header field of a response.
package struct HTTPField: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The type of every answer with JSON.
    package static let json = HTTPField("Content-Type", "application/json; charset=utf-8")

    /// The name with a capital at the start and behind each hyphen and small letters elsewhere, as services
    /// and clients in
    /// the field expect it; a name with a byte that no name can hold is left as it is.
    package static func canonicalName(_ name: String) -> String {
        guard name.utf8.allSatisfy(\.isHTTPTokenByte) else { return name }
        var startsWord = true
        var bytes: [UInt8] = []
        bytes.reserveCapacity(name.utf8.count)
        for byte in name.utf8 {
            if startsWord, 0x61...0x7a ~= byte {
                bytes.append(byte & ~0x20)
            } else {
                bytes.append(startsWord ? byte : byte.asciiLowercased)
            }
            startsWord = byte == UInt8(ascii: "-")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    /// Whether the byte may stand in a method or a field name: `tchar` of RFC 9110 section 5.6.2.
    var isHTTPTokenByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"),
            UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
