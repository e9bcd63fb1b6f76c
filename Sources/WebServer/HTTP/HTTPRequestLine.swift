/// A request line: method, target and version (RFC 9112 section 3).
struct HTTPRequestLine: Hashable {
    /// Where the method stands.
    var method: Range<Int>
    /// Where the target stands.
    var target: Range<Int>
    /// Whether the version is 1.0; every other version 1.x is taken as 1.1.
    var isHTTP10: Bool

    /// Reads the line that stands in a range, its end left out. Parts are parted by exactly one space.
    init(_ bytes: borrowing Span<UInt8>, _ line: Range<Int>) throws(HTTPParseError) {
        var offset = line.lowerBound
        while offset < line.upperBound, bytes[offset].isHTTPTokenByte { offset += 1 }
        method = line.lowerBound..<offset
        guard !method.isEmpty, offset < line.upperBound, bytes[offset] == HTTPGrammar.space else {
            throw .badRequest("the request line does not start with a method and a space")
        }
        let start = offset + 1
        offset = start
        while offset < line.upperBound, bytes[offset] > HTTPGrammar.space, bytes[offset] != 0x7f {
            offset += 1
        }
        target = start..<offset
        guard !target.isEmpty, offset < line.upperBound, bytes[offset] == HTTPGrammar.space else {
            throw .badRequest("the request line has no target with a space behind it")
        }
        isHTTP10 = try HTTPRequestLine.isHTTP10(bytes, offset + 1..<line.upperBound)
    }

    private static func isHTTP10(
        _ bytes: borrowing Span<UInt8>,
        _ range: Range<Int>
    ) throws(HTTPParseError) -> Bool {
        let start = range.lowerBound
        guard range.count == 8, bytes[start] == UInt8(ascii: "H"), bytes[start + 1] == UInt8(ascii: "T"),
            bytes[start + 2] == UInt8(ascii: "T"), bytes[start + 3] == UInt8(ascii: "P"),
            bytes[start + 4] == UInt8(ascii: "/"),
            0x30...0x39 ~= bytes[start + 5], bytes[start + 6] == UInt8(ascii: "."),
            0x30...0x39 ~= bytes[start + 7]
        else { throw .badRequest("the request line does not end with a version, as HTTP/1.1") }
        guard bytes[start + 5] == 0x31 else { throw .unknownVersion }
        return bytes[start + 7] == 0x30
    }
}
