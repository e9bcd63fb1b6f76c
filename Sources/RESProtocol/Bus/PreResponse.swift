package import struct NIOCore.ByteBuffer
package import struct NIOCore.ByteBufferView

/// What a service sends ahead of its answer to ask for more time (RES service protocol, "Pre-response").
///
/// The text has the syntax of Go's struct tags: `key:"value"` pairs with blanks between them. Keys other than
/// `timeout` are allowed and mean nothing.
package struct PreResponse: Hashable, Sendable {
    /// From now on, how long the service may take, in milliseconds; nil when the text names no such number.
    package let timeoutMilliseconds: Int64?

    /// Reads a payload; nil when it is an answer.
    ///
    /// Whatever starts with a letter is a pre-response, also when the rest makes no sense: it is to be passed
    /// over.
    package init?(_ payload: ByteBuffer) {
        guard let first = payload.getInteger(at: payload.readerIndex, as: UInt8.self),
            first | 0x20 >= UInt8(ascii: "a"), first | 0x20 <= UInt8(ascii: "z")
        else { return nil }
        timeoutMilliseconds = PreResponse.timeout(in: payload.readableBytesView[...])
    }

    private static func timeout(in text: ByteBufferView.SubSequence) -> Int64? {
        var rest = text
        while let (key, value) = takePair(&rest) {
            if key.elementsEqual("timeout".utf8) { return Int64(String(decoding: value, as: UTF8.self)) }
        }
        return nil
    }

    /// Takes one `key:"value"`, the value as it stands between the quotes; nil at the end and at the first
    /// byte that does not fit.
    private static func takePair(
        _ rest: inout ByteBufferView.SubSequence
    ) -> (key: ByteBufferView.SubSequence, value: ByteBufferView.SubSequence)? {
        rest = rest.drop { $0 == UInt8(ascii: " ") }
        let key = rest.prefix {
            $0 > 0x20 && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "\"") && $0 != 0x7f
        }
        let quoted = rest[key.endIndex...]
        guard !key.isEmpty, quoted.starts(with: ":\"".utf8) else { return nil }
        let value = quoted.dropFirst(2)
        var end = value.startIndex
        while end < value.endIndex, value[end] != UInt8(ascii: "\"") {
            end += value[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard end < value.endIndex else { return nil }
        rest = value[(end + 1)...]
        return (key, value[..<end])
    }
}
