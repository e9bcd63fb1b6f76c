/// The small parts of HTTP's grammar, over bytes in place (RFC 9110 section 5.6).
package enum HTTPGrammar {
    static let cr = UInt8(ascii: "\r")
    static let lf = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")

    /// The range without spaces and tabs at its ends.
    package static func trimmed(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, bytes[start] == space || bytes[start] == tab { start += 1 }
        while end > start, bytes[end - 1] == space || bytes[end - 1] == tab { end -= 1 }
        return start..<end
    }

    /// Whether the bytes are that text, whatever the case of letters.
    ///
    /// - Parameter text: in small letters.
    static func equals(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { letters in
            var offset = range.lowerBound
            for letter in letters {
                guard bytes[offset].asciiLowercased == letter else { return false }
                offset += 1
            }
            return true
        }
    }

    /// The next element of a comma-separated list that is not empty; moves the range behind it.
    static func nextElement(_ bytes: borrowing Span<UInt8>, _ rest: inout Range<Int>) -> Range<Int>? {
        while !rest.isEmpty {
            var end = rest.lowerBound
            while end < rest.upperBound, bytes[end] != UInt8(ascii: ",") { end += 1 }
            let element = trimmed(bytes, rest.lowerBound..<end)
            rest = min(end + 1, rest.upperBound)..<rest.upperBound
            if !element.isEmpty { return element }
        }
        return nil
    }

    /// Whether a comma-separated list has that element.
    static func list(
        _ bytes: borrowing Span<UInt8>,
        _ range: Range<Int>,
        contains text: StaticString
    ) -> Bool {
        var rest = range
        while let element = nextElement(bytes, &rest) {
            if equals(bytes, element, text) { return true }
        }
        return false
    }

    /// The value of decimal digits; nil when there are none or something else stands among them, and
    /// `Int.max` when it overflows.
    static func decimal(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard !range.isEmpty else { return nil }
        var value = 0
        for offset in range {
            guard 0x30...0x39 ~= bytes[offset] else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(Int(bytes[offset] - 0x30))
            value = overflows || carries ? Int.max : sum
        }
        return value
    }

    /// The value of a hexadecimal digit.
    package static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
