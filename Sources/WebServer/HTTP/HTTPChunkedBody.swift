import struct NIOCore.ByteBuffer

/// Puts a chunked body together as its bytes arrive (RFC 9112 section 7.1). Extensions and trailers are
/// checked and dropped.
struct HTTPChunkedBody {
    /// The body so far.
    private(set) var body = ByteBuffer()

    private enum State {
        case size
        case data(remaining: Int)
        case endOfData
        case trailer(fields: Int, bytes: Int)
    }
    private var state = State.size

    /// Takes all it can from a buffer; true when the body is complete.
    mutating func advance(_ buffer: inout ByteBuffer, limits: HTTPLimits) throws(HTTPParseError) -> Bool {
        while true {
            switch state {
            case .size:
                guard let line = try HTTPChunkedBody.nextLine(&buffer, maximum: limits.maximumChunkLine)
                else { return false }
                let size = try HTTPChunkedBody.size(line.readableBytesUInt8Span)
                guard size <= limits.maximumBody - body.readableBytes else { throw .bodyTooLarge }
                state = size > 0 ? .data(remaining: size) : .trailer(fields: 0, bytes: 0)
            case .data(let remaining):
                guard var part = buffer.readSlice(length: min(remaining, buffer.readableBytes)) else {
                    return false
                }
                let rest = remaining - part.readableBytes
                body.writeBuffer(&part)
                state = rest > 0 ? .data(remaining: rest) : .endOfData
                if rest > 0 { return false }
            case .endOfData:
                guard let line = try HTTPChunkedBody.nextLine(&buffer, maximum: 0) else { return false }
                guard line.readableBytes == 0 else {
                    throw .badRequest("a chunk is longer than its size says")
                }
                state = .size
            case .trailer(let fields, let bytes):
                guard let line = try HTTPChunkedBody.nextLine(&buffer, maximum: limits.maximumHead - bytes)
                else { return false }
                if line.readableBytes == 0 { return true }
                guard fields < limits.maximumFields else { throw .headTooLarge }
                let span = line.readableBytesUInt8Span
                _ = try HTTPHeadParser.field(span, 0..<span.count)
                state = .trailer(fields: fields + 1, bytes: bytes + line.readableBytes)
            }
        }
    }

    /// The next line without its end, or nil when it has not arrived.
    private static func nextLine(
        _ buffer: inout ByteBuffer,
        maximum: Int
    ) throws(HTTPParseError) -> ByteBuffer? {
        guard let length = lengthOfLine(buffer.readableBytesUInt8Span, maximum: maximum) else {
            guard buffer.readableBytes <= maximum + 1 else {
                throw .badRequest("a line of the chunked body does not end where it should")
            }
            return nil
        }
        guard var line = buffer.readSlice(length: length),
            line.getInteger(at: line.writerIndex - 2, as: UInt8.self) == HTTPGrammar.cr
        else { throw .badRequest("a line of the chunked body ends with LF alone; CR LF would be right") }
        line.moveWriterIndex(to: line.writerIndex - 2)
        return line
    }

    /// The length of the first line with its end, when it is no longer than allowed.
    private static func lengthOfLine(_ bytes: borrowing Span<UInt8>, maximum: Int) -> Int? {
        for offset in 0..<min(bytes.count, maximum + 2) where bytes[offset] == HTTPGrammar.lf {
            return offset + 1
        }
        return nil
    }

    /// The size at the start of a chunk's first line; white space and extensions may follow.
    private static func size(_ line: borrowing Span<UInt8>) throws(HTTPParseError) -> Int {
        var size = 0
        var offset = 0
        while offset < line.count, let digit = HTTPGrammar.hexDigit(line[offset]) {
            guard size < 1 << 56 else { throw .bodyTooLarge }
            size = size << 4 | Int(digit)
            offset += 1
        }
        let extensions = HTTPGrammar.trimmed(line, offset..<line.count)
        guard offset > 0, extensions.isEmpty || line[extensions.lowerBound] == UInt8(ascii: ";") else {
            throw .badRequest("a chunk does not start with its size in hexadecimal digits")
        }
        for position in extensions where line[position] < 0x20 && line[position] != HTTPGrammar.tab {
            throw .badRequest("a chunk's extension holds a control character")
        }
        return size
    }
}
