import struct NIOCore.ByteBuffer

/// A line that a NATS server sends: an operation, and words with blanks between them.
///
/// Holds where the words stand; nothing is copied. No operation has more than five words after its name.
struct ControlLine {
    enum Operation {
        case info, msg, hmsg, ping, pong, ok, err
    }

    /// The whole line, without its end.
    let line: ByteBuffer
    /// What the first word names, in any case; nil when it names nothing that a server sends.
    private(set) var operation: Operation?
    /// How many words follow; one more than the most that make sense when there are too many.
    private(set) var count = 0
    private var starts: InlineArray<6, Int> = .init(repeating: 0)
    private var ends: InlineArray<6, Int> = .init(repeating: 0)
    private var restStart = 0

    init(_ line: ByteBuffer) {
        self.line = line
        let bytes = line.readableBytesUInt8Span
        let nameEnd = ControlLine.endOfWord(bytes, from: 0)
        operation = ControlLine.operation(bytes, length: nameEnd)
        restStart = ControlLine.endOfBlanks(bytes, from: nameEnd)
        var offset = restStart
        while offset < bytes.count, count < 6 {
            let end = ControlLine.endOfWord(bytes, from: offset)
            starts[count] = offset
            ends[count] = end
            count += 1
            offset = ControlLine.endOfBlanks(bytes, from: end)
        }
    }

    /// Everything after the operation and its blanks.
    var rest: ByteBuffer {
        line.getSlice(at: line.readerIndex + restStart, length: line.readableBytes - restStart)
            ?? ByteBuffer()
    }

    /// Where a word stands, from the start of the line. The word must be there.
    func range(_ index: Int) -> Range<Int> {
        starts[index]..<ends[index]
    }

    /// The text of a word.
    func string(_ index: Int) -> String? {
        guard index < count else { return nil }
        return line.getString(at: line.readerIndex + starts[index], length: ends[index] - starts[index])
    }

    /// The value of a word of up to 18 decimal digits; nil for any other.
    func number(_ index: Int) -> UInt64? {
        guard index >= 0, index < count, 1...18 ~= ends[index] - starts[index] else { return nil }
        let bytes = line.readableBytesUInt8Span
        var value: UInt64 = 0
        for offset in starts[index]..<ends[index] {
            let digit = bytes[offset] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + UInt64(digit)
        }
        return value
    }

    private static func endOfWord(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int {
        var offset = start
        while offset < bytes.count, bytes[offset] != 0x20, bytes[offset] != 0x09 { offset += 1 }
        return offset
    }

    private static func endOfBlanks(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int {
        var offset = start
        while offset < bytes.count, bytes[offset] == 0x20 || bytes[offset] == 0x09 { offset += 1 }
        return offset
    }

    private static func operation(_ bytes: borrowing Span<UInt8>, length: Int) -> Operation? {
        guard 3...4 ~= length else { return nil }
        var name: UInt32 = 0
        for offset in 0..<length {
            let byte = bytes[offset]
            let isLetter = 0x61...0x7a ~= byte
            name = name << 8 | UInt32(isLetter ? byte & ~0x20 : byte)
        }
        switch name {
        case 0x4d5347: return .msg
        case 0x48_4d5347: return .hmsg
        case 0x50494e47: return .ping
        case 0x504f4e47: return .pong
        case 0x2b4f4b: return .ok
        case 0x2d455252: return .err
        case 0x494e464f: return .info
        default: return nil
        }
    }
}
