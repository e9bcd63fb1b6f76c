import struct NIOCore.ByteBuffer

// Writing a delivery takes one capacity check and two copies. The room for all parts is asked for before the first
// byte is written, and the parts' offsets were checked when the frame was read from these same bytes.

extension ByteBuffer {
    /// Writes `MSG subject sid ` or `HMSG subject sid `, and what follows it.
    ///
    /// - Parameter includingTail: whether reply, sizes, header block and payload are written too.
    @inline(__always)
    mutating func writeDelivery(
        _ frame: PublishFrame,
        of source: borrowing ByteBuffer,
        sid: borrowing SubscriptionID,
        includingTail: Bool
    ) {
        let tail = includingTail ? frame.tail..<frame.end : frame.tail..<frame.tail
        // The sid is written as two whole words; what is too much of it is overwritten.
        let room = 5 &+ frame.subject.count &+ 1 &+ max(sid.count, 16) &+ 1 &+ tail.count
        let words = sid.words
        let sidCount = sid.count
        if let long = sid.long {
            writeDelivery(frame, of: source, longSID: long, includingTail: includingTail)
            return
        }
        source.withUnsafeReadableBytes { bytes in
            precondition(frame.end <= bytes.count, "a frame lies within the bytes it was read from")
            _ = writeWithUnsafeMutableBytes(minimumWritableBytes: room) { output in
                guard let out = output.baseAddress, let input = bytes.baseAddress else { return 0 }
                var end = 0
                if frame.hasHeaders {
                    out.storeBytes(of: UInt8(ascii: "H"), as: UInt8.self)
                    end = 1
                }
                out.storeBytes(
                    of: UInt32(littleEndian: 0x2047_534d),
                    toByteOffset: end,
                    as: UInt32.self
                )
                end &+= 4
                (out + end).copyMemory(from: input + frame.subject.lowerBound, byteCount: frame.subject.count)
                end &+= frame.subject.count
                out.storeBytes(of: UInt8(ascii: " "), toByteOffset: end, as: UInt8.self)
                end &+= 1
                out.storeBytes(of: UInt64(littleEndian: words.0), toByteOffset: end, as: UInt64.self)
                out.storeBytes(of: UInt64(littleEndian: words.1), toByteOffset: end &+ 8, as: UInt64.self)
                end &+= sidCount
                out.storeBytes(of: UInt8(ascii: " "), toByteOffset: end, as: UInt8.self)
                end &+= 1
                (out + end).copyMemory(from: input + tail.lowerBound, byteCount: tail.count)
                return end &+ tail.count
            }
        }
    }

    /// The same for a sid that is too long for a register; rare.
    private mutating func writeDelivery(
        _ frame: PublishFrame,
        of source: borrowing ByteBuffer,
        longSID: [UInt8],
        includingTail: Bool
    ) {
        let bytes = source.readableBytesSpan
        writeStaticString(frame.hasHeaders ? "HMSG " : "MSG ")
        writeBytes(bytes.extracting(frame.subject))
        writeInteger(UInt8(ascii: " "))
        writeBytes(longSID)
        writeInteger(UInt8(ascii: " "))
        if includingTail { writeBytes(bytes.extracting(frame.tail..<frame.end)) }
    }

    /// Writes a message as a client gets it that does not know headers: MSG, without the header block.
    mutating func writeDeliveryWithoutHeaders(
        _ frame: PublishFrame,
        of source: borrowing ByteBuffer,
        sid: borrowing SubscriptionID
    ) {
        let bytes = source.readableBytesSpan
        writeStaticString("MSG ")
        writeBytes(bytes.extracting(frame.subject))
        writeInteger(UInt8(ascii: " "))
        writeBytes(sid.bytes)
        writeInteger(UInt8(ascii: " "))
        if !frame.reply.isEmpty {
            writeBytes(bytes.extracting(frame.reply))
            writeInteger(UInt8(ascii: " "))
        }
        writeString(String(frame.size - frame.headerSize))
        writeStaticString("\r\n")
        writeBytes(bytes.extracting(frame.body + frame.headerSize..<frame.end))
    }
}
