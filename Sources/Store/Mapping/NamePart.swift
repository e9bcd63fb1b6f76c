/// The encoding of user names in parts of resource names: `A-Za-z0-9_-` stand for themselves, any other byte is `~HH`.
///
/// Every byte sequence has exactly one encoding, and an encoded part is safe in subjects, resource ids and URLs.
enum NamePart {
    /// The part that stands for a name.
    static func encode(_ name: some StringProtocol) -> String {
        if !name.isEmpty, name.utf8.allSatisfy(isPlain) { return String(name) }
        var encoded: [UInt8] = []
        for byte in name.utf8 { append(byte, to: &encoded) }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Appends the encoding of bytes.
    static func append(_ bytes: some Sequence<UInt8>, to encoded: inout [UInt8]) {
        for byte in bytes { append(byte, to: &encoded) }
    }

    private static func append(_ byte: UInt8, to encoded: inout [UInt8]) {
        if isPlain(byte) {
            encoded.append(byte)
        } else {
            encoded.append(UInt8(ascii: "~"))
            encoded.append(hexDigit(byte >> 4))
            encoded.append(hexDigit(byte & 15))
        }
    }

    /// The bytes that a part stands for; nil when it is no encoding, or not the one that `encode` gives.
    static func decode(_ part: some Sequence<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        var iterator = part.makeIterator()
        while let byte = iterator.next() {
            if isPlain(byte) {
                decoded.append(byte)
            } else {
                guard byte == UInt8(ascii: "~"), let high = iterator.next().flatMap(hexValue),
                    let low = iterator.next().flatMap(hexValue), !isPlain(high << 4 | low)
                else { return nil }
                decoded.append(high << 4 | low)
            }
        }
        return decoded
    }

    /// Whether a byte stands for itself.
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// The upper-case hexadecimal digit of a value below 16.
    static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + (value - 10)
    }

    /// The value of an upper-case hexadecimal digit.
    static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
