import RESProtocol

import struct NIOCore.ByteBuffer

extension ProtocolParser {
    /// Reads the arguments of PUB `subject [reply] size` or HPUB `subject [reply] headersize size`.
    ///
    /// The frame's tail is -1 where they are not written the usual way.
    func publishFrame(
        _ operation: Operation,
        _ arguments: ArgumentList,
        in bytes: borrowing Span<UInt8>,
        body: Int
    ) throws(ProtocolFailure) -> PublishFrame {
        let sizes = operation == .publishHeaders ? 2 : 1
        if sizes == 2, !acceptsHeaders { throw .badArguments }
        guard arguments.count == 1 + sizes || arguments.count == 2 + sizes else { throw .badArguments }
        let size = try number(bytes, arguments[arguments.count - 1])
        let headerSize = sizes == 2 ? try number(bytes, arguments[arguments.count - 2]) : 0
        guard headerSize <= size else { throw .badArguments }
        guard size <= limits.payload else { throw .payloadTooLarge }
        let hasReply = arguments.count == 2 + sizes
        let isUsual = isUsual(arguments, in: bytes, body: body) && (sizes == 1 || headerSize > 0)
        return PublishFrame(
            subject: arguments[0],
            reply: hasReply ? arguments[1] : arguments[1].lowerBound..<arguments[1].lowerBound,
            tail: isUsual ? arguments[1].lowerBound : -1,
            body: body,
            headerSize: headerSize,
            size: size
        )
    }

    /// Hands a frame to the sink if its payload is complete, rewritten if need be.
    func publish(
        _ frame: PublishFrame,
        _ arguments: ArgumentList,
        in bytes: borrowing Span<UInt8>,
        at start: Int,
        of buffer: borrowing ByteBuffer,
        into sink: some ProtocolSink
    ) throws(ProtocolFailure) -> Step {
        let close = frame.body + frame.size
        let isWrong = close < bytes.count && bytes[close] != 0x0d
        if isWrong || close + 1 < bytes.count && bytes[close + 1] != 0x0a {
            let offset = isWrong ? close : close + 1
            sink.unreadable(bytes.extracting(offset..<bytes.count), at: offset)
            throw .unknownOperation
        }
        guard frame.end <= bytes.count else {
            return .needs(end: frame.end, keeping: bytes.count - start)
        }
        if frame.tail >= 0 {
            sink.published(frame, in: bytes, of: buffer)
        } else {
            let (usual, rewritten) = rewrite(frame, arguments, from: bytes)
            sink.published(usual, in: rewritten.readableBytesUInt8Span, of: rewritten)
        }
        return .consumed(frame.end)
    }

    /// The operation as it would stand had it been written the usual way, with the size tokens as they were.
    private func rewrite(
        _ frame: PublishFrame,
        _ arguments: ArgumentList,
        from bytes: borrowing Span<UInt8>
    ) -> (PublishFrame, ByteBuffer) {
        var buffer = ByteBuffer()
        buffer.writeBytes(bytes.extracting(frame.subject).bytes)
        let tail = frame.subject.count + 1
        let lastIndex = arguments.count - 1
        let hasEmptyHeaders = frame.headerSize == 0 && lastIndex - (frame.reply.isEmpty ? 0 : 1) == 2
        for position in 1...lastIndex {
            // An empty header block is none: its size goes.
            if hasEmptyHeaders, position == lastIndex - 1 { continue }
            buffer.writeInteger(UInt8(ascii: " "))
            buffer.writeBytes(bytes.extracting(arguments[position]).bytes)
        }
        buffer.writeStaticString("\r\n")
        let body = buffer.writerIndex
        buffer.writeBytes(bytes.extracting(frame.body..<frame.end).bytes)
        let usual = PublishFrame(
            subject: 0..<frame.subject.count,
            reply: tail..<tail + frame.reply.count,
            tail: tail,
            body: body,
            headerSize: frame.headerSize,
            size: frame.size
        )
        return (usual, buffer)
    }

    /// Whether arguments are separated by single spaces and the line ends with CR LF right behind the last.
    private func isUsual(_ arguments: ArgumentList, in bytes: borrowing Span<UInt8>, body: Int) -> Bool {
        for position in 1..<arguments.count {
            let gap = arguments[position - 1].upperBound..<arguments[position].lowerBound
            guard gap.count == 1, bytes[gap.lowerBound] == UInt8(ascii: " ") else { return false }
        }
        return arguments[arguments.count - 1].upperBound == body - 2
    }

    /// The value of a size: digits only, at most nine of them.
    private func number(
        _ bytes: borrowing Span<UInt8>,
        _ range: Range<Int>
    ) throws(ProtocolFailure) -> Int {
        guard range.count <= PublishFrame.maximumSizeDigits else { throw .badArguments }
        var value = 0
        for offset in range {
            let digit = bytes[offset] &- UInt8(ascii: "0")
            guard digit < 10 else { throw .badArguments }
            value = value * 10 + Int(digit)
        }
        return value
    }

    /// SUB `subject [queue] sid`.
    func subscribe(
        _ line: Range<Int>,
        in bytes: borrowing Span<UInt8>,
        into sink: some ProtocolSink
    ) throws(ProtocolFailure) {
        let arguments = ArgumentList(in: bytes, line, breaksAtLineEnds: true)
        guard arguments.count == 2 || arguments.count == 3 else { throw .badArguments }
        sink.subscribed(
            subject: bytes.extracting(arguments[0]),
            queue: bytes.extracting(arguments.count == 3 ? arguments[1] : 0..<0),
            sid: bytes.extracting(arguments[arguments.count - 1])
        )
    }

    /// UNSUB `sid [max]`. A maximum that is no number above zero ends the subscription at once.
    func unsubscribe(
        _ line: Range<Int>,
        in bytes: borrowing Span<UInt8>,
        into sink: some ProtocolSink
    ) throws(ProtocolFailure) {
        let arguments = ArgumentList(in: bytes, line, breaksAtLineEnds: true)
        guard arguments.count == 1 || arguments.count == 2 else { throw .badArguments }
        let maximum = arguments.count == 2 ? (try? number(bytes, arguments[1])) ?? 0 : 0
        sink.unsubscribed(sid: bytes.extracting(arguments[0]), maximum: maximum)
    }

    /// INFO has no meaning from a client, but must be an object.
    func checkInfo(_ line: Range<Int>, of buffer: borrowing ByteBuffer) throws(ProtocolFailure) {
        let text = buffer.getSlice(at: buffer.readerIndex + line.lowerBound, length: line.count)
        guard let json = try? JSONSlice(parsing: text ?? ByteBuffer()), json.kind == .object || json.isNull
        else { throw .badArguments }
    }
}
