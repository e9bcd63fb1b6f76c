import struct NIOCore.ByteBuffer

/// Reads what one client sends, in place and in pieces of any size.
///
/// An operation that arrives whole is acted on in the buffer it came in; of one that is cut, only its own bytes are
/// kept and joined, so that a payload larger than a read costs one copy.
struct ProtocolParser {
    /// What a client may send at most.
    struct Limits: Equatable {
        /// Bytes of an operation's arguments.
        var controlLine: Int
        /// Bytes of header block and payload together.
        var payload: Int
    }

    var limits: Limits
    /// Whether a CONNECT is being decided on.
    private var isPaused = false
    /// What came behind it.
    private var held = ByteBuffer()
    /// Whether HPUB is allowed: the client announced headers.
    private(set) var acceptsHeaders = false
    /// Whether the next operation must be CONNECT.
    var demandsConnect: Bool
    /// The beginning of an operation that is not complete yet.
    private var partial = ByteBuffer()
    /// How many bytes `partial` needs; zero while its control line is not complete.
    private var needed = 0

    init(limits: Limits, demandsConnect: Bool = false) {
        self.limits = limits
        self.demandsConnect = demandsConnect
    }

    /// Bytes kept of an operation that is not complete yet.
    var bufferedBytes: Int { partial.readableBytes }

    /// Acts on everything in a chunk that is complete, and keeps the rest.
    ///
    /// - Throws: what ends the connection. Everything before it has been acted on.
    /// - Complexity: O(*n*) in the bytes received, however they were cut.
    mutating func receive(
        _ chunk: borrowing ByteBuffer,
        into sink: some ProtocolSink
    ) throws(ProtocolFailure) {
        let bytes = chunk.readableBytesUInt8Span
        var offset = 0
        if isPaused {
            held.writeImmutableBuffer(copy chunk)
            return
        }
        if partial.readableBytes > 0 {
            offset = try completePartial(from: bytes, into: sink)
        }
        if isPaused {
            hold(bytes.extracting(offset..<bytes.count))
            return
        }
        while offset < bytes.count {
            if !demandsConnect, let frame = PublishFrame(usualPublishIn: bytes, at: offset),
                frame.size <= limits.payload
            {
                sink.published(frame, in: bytes, of: chunk)
                offset = frame.end
                continue
            }
            switch try operation(in: bytes, at: offset, of: chunk, into: sink) {
            case .consumed(let end):
                offset = end
                if isPaused {
                    hold(bytes.extracting(offset..<bytes.count))
                    return
                }
            case .needs(let end, let keeping):
                partial.writeBytes(bytes.extracting(offset..<min(bytes.count, offset + keeping)).bytes)
                needed = end.map { $0 - offset } ?? 0
                return
            }
        }
    }

    /// A CONNECT has been accepted that was to be decided on: acts on what came behind it.
    ///
    /// - Throws: what ends the connection.
    mutating func resume(
        headers: Bool,
        maximumPayload: Int,
        into sink: some ProtocolSink
    ) throws(ProtocolFailure) {
        isPaused = false
        accept(headers: headers, maximumPayload: maximumPayload)
        let waiting = held
        held = ByteBuffer()
        try receive(waiting, into: sink)
    }

    private mutating func accept(headers: Bool, maximumPayload: Int) {
        acceptsHeaders = headers
        limits.payload = maximumPayload
        demandsConnect = false
    }

    private mutating func hold(_ bytes: borrowing Span<UInt8>) {
        held.writeBytes(bytes.bytes)
    }

    /// Joins what was kept with as much of a chunk as its operation needs, and acts on it once it is complete.
    ///
    /// - Returns: how many bytes of the chunk that took.
    private mutating func completePartial(
        from bytes: borrowing Span<UInt8>,
        into sink: some ProtocolSink
    ) throws(ProtocolFailure) -> Int {
        var taken = 0
        while taken < bytes.count {
            let wanted: Int
            if needed > 0 {
                wanted = min(needed - partial.readableBytes, bytes.count - taken)
            } else {
                wanted = (bytes.firstLineFeed(from: taken).map { $0 + 1 } ?? bytes.count) - taken
            }
            partial.writeBytes(bytes.extracting(taken..<taken + wanted).bytes)
            taken += wanted
            guard partial.readableBytes >= needed else {
                try checkPayloadEnd(of: sink)
                return taken
            }
            if try actOnPartial(into: sink) { return taken }
        }
        return taken
    }

    /// A payload that is too long is refused as soon as it is seen, not only when a line feed should follow.
    private func checkPayloadEnd(of sink: some ProtocolSink) throws(ProtocolFailure) {
        guard needed - partial.readableBytes == 1 else { return }
        let bytes = partial.readableBytesUInt8Span
        guard bytes[bytes.count - 1] != 0x0d else { return }
        sink.unreadable(bytes.extracting(bytes.count - 1..<bytes.count), at: bytes.count - 1)
        throw .unknownOperation
    }

    /// Acts on the kept bytes if they are a whole operation.
    private mutating func actOnPartial(into sink: some ProtocolSink) throws(ProtocolFailure) -> Bool {
        let whole = partial
        partial = ByteBuffer()
        needed = 0
        switch try operation(in: whole.readableBytesUInt8Span, at: 0, of: whole, into: sink) {
        case .consumed: return true
        case .needs(let end, let keeping):
            needed = end ?? 0
            partial = whole
            partial.moveWriterIndex(to: partial.readerIndex + min(keeping, partial.readableBytes))
            return false
        }
    }
}

extension ProtocolParser {
    /// How far an operation could be read.
    enum Step: Equatable {
        /// Acted on; the next one begins at this offset.
        case consumed(Int)
        /// Not complete. `end` is where it will end, once that is known; of what is there, `keeping` bytes matter.
        case needs(end: Int?, keeping: Int)
    }

    /// Reads one operation, whichever it is and however it is written.
    private mutating func operation(
        in bytes: borrowing Span<UInt8>,
        at start: Int,
        of buffer: borrowing ByteBuffer,
        into sink: some ProtocolSink
    ) throws(ProtocolFailure) -> Step {
        if demandsConnect, bytes[start] | 0x20 != UInt8(ascii: "c") { throw .connectExpected }
        let operation: Operation
        var offset: Int
        switch Operation.recognise(in: bytes, at: start) {
        case .unknown:
            sink.unreadable(bytes.extracting(start..<bytes.count), at: start)
            throw .unknownOperation
        case .incomplete: return .needs(end: nil, keeping: bytes.count - start)
        case .found(let found, let end): (operation, offset) = (found, end)
        }
        if operation.ignoresArguments {
            guard let lineFeed = bytes.firstLineFeed(from: offset) else {
                return .needs(end: nil, keeping: offset - start)
            }
            if operation == .ping { sink.pinged() }
            if operation == .pong { sink.ponged() }
            return .consumed(lineFeed + 1)
        }
        while offset < bytes.count, Operation.isBlank(bytes[offset]) { offset += 1 }
        guard let lineFeed = bytes.firstLineFeed(from: offset + 1) else {
            try checkLength(of: bytes, offset..<bytes.count)
            return .needs(end: nil, keeping: bytes.count - start)
        }
        // The first byte after the blanks is an argument's whatever it is, even a CR.
        let hasReturn = bytes[lineFeed - 1] == 0x0d && lineFeed - 1 > offset
        let line = offset..<(hasReturn ? lineFeed - 1 : lineFeed)
        try checkLength(of: bytes, line)
        do throws(ProtocolFailure) {
            switch operation {
            case .publish, .publishHeaders:
                let arguments = ArgumentList(in: bytes, line, breaksAtLineEnds: false)
                let frame = try publishFrame(operation, arguments, in: bytes, body: lineFeed + 1)
                return try publish(frame, arguments, in: bytes, at: start, of: buffer, into: sink)
            case .subscribe: try subscribe(line, in: bytes, into: sink)
            case .unsubscribe: try unsubscribe(line, in: bytes, into: sink)
            case .connect: try connect(line, of: buffer, into: sink)
            case .info: try checkInfo(line, of: buffer)
            case .error: throw .clientError
            case .ping, .pong, .acknowledge: break
            }
        } catch {
            if error != .unknownOperation {
                sink.refused(operation, arguments: bytes.extracting(line), because: error)
            }
            throw error
        }
        return .consumed(lineFeed + 1)
    }

    private func checkLength(
        of bytes: borrowing Span<UInt8>,
        _ line: Range<Int>
    ) throws(ProtocolFailure) {
        guard line.count > limits.controlLine else { return }
        // A line not complete yet may end with the CR of its CR LF.
        if line.count == limits.controlLine + 1, bytes[line.upperBound - 1] == 0x0d { return }
        throw .controlLineTooLong
    }

    private mutating func connect(
        _ line: Range<Int>,
        of buffer: borrowing ByteBuffer,
        into sink: some ProtocolSink
    ) throws(ProtocolFailure) {
        let json = buffer.getSlice(at: buffer.readerIndex + line.lowerBound, length: line.count)
        switch sink.connected(json ?? ByteBuffer()) {
        case .accepted(let headers, let maximumPayload):
            accept(headers: headers, maximumPayload: maximumPayload)
        case .refused: throw .refused
        case .pending: isPaused = true
        }
    }
}
