/// Reads a request's head line by line, as its bytes arrive (RFC 9112 sections 2.2, 3 and 5).
///
/// Strict where leniency lets two parties see different requests: lines end with CR LF, nothing stands
/// between a name and
/// its colon, and no field goes on in a second line. Ranges count from the first byte of the head.
struct HTTPHeadParser {
    /// The request line, once it has been read.
    private(set) var requestLine: HTTPRequestLine?
    /// The fields read so far.
    private(set) var entries: [HTTPFields.Entry] = []
    /// What the fields say about body and connection.
    private(set) var framing = HTTPFraming()

    private var lineStart = 0
    private var offset = 0

    /// Goes on with all bytes of the head that there are, from its first one.
    ///
    /// - Returns: the length of the head when it is complete, nil when more has to arrive.
    mutating func advance(
        _ bytes: borrowing Span<UInt8>,
        limits: HTTPLimits
    ) throws(HTTPParseError) -> Int? {
        while offset < bytes.count {
            guard bytes[offset] == HTTPGrammar.lf else {
                offset += 1
                continue
            }
            guard offset > lineStart, bytes[offset - 1] == HTTPGrammar.cr else {
                throw .badRequest("a line of the head ends with LF alone; CR LF would be right")
            }
            let line = lineStart..<offset - 1
            offset += 1
            lineStart = offset
            if try lineReceived(bytes, line, limits: limits) {
                guard offset <= limits.maximumHead else { throw .headTooLarge }
                return offset
            }
        }
        if requestLine == nil, offset - lineStart > limits.maximumRequestLine + 1 { throw .targetTooLong }
        guard offset < limits.maximumHead else { throw .headTooLarge }
        return nil
    }

    /// Whether something of a request has arrived.
    var hasStarted: Bool { offset > 0 }

    /// Takes one line; true for the one that ends the head. Empty lines ahead of the request line are passed
    /// over.
    private mutating func lineReceived(
        _ bytes: borrowing Span<UInt8>,
        _ line: Range<Int>,
        limits: HTTPLimits
    ) throws(HTTPParseError) -> Bool {
        guard requestLine != nil else {
            if line.isEmpty { return false }
            guard line.count <= limits.maximumRequestLine else { throw .targetTooLong }
            requestLine = try HTTPRequestLine(bytes, line)
            entries.reserveCapacity(16)
            return false
        }
        if line.isEmpty { return true }
        guard entries.count < limits.maximumFields else { throw .headTooLarge }
        let entry = try HTTPHeadParser.field(bytes, line)
        try framing.fieldReceived(bytes, name: entry.name, value: entry.value)
        entries.append(HTTPFields.Entry(name: entry.name, value: entry.value))
        return false
    }

    /// Takes a field line apart; also used for the trailer of a chunked body.
    static func field(
        _ bytes: borrowing Span<UInt8>,
        _ line: Range<Int>
    ) throws(HTTPParseError) -> (name: Range<Int>, value: Range<Int>) {
        if bytes[line.lowerBound] == HTTPGrammar.space || bytes[line.lowerBound] == HTTPGrammar.tab {
            throw .badRequest("a header field goes on in a second line")
        }
        var colon = line.lowerBound
        while colon < line.upperBound, bytes[colon].isHTTPTokenByte { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else {
            throw .badRequest("a line of the head has no field name with a colon right behind it")
        }
        let value = HTTPGrammar.trimmed(bytes, colon + 1..<line.upperBound)
        for offset in value
        where bytes[offset] < 0x20 && bytes[offset] != HTTPGrammar.tab
            || bytes[offset] == 0x7f
        {
            throw .badRequest("a field value holds a control character")
        }
        return (line.lowerBound..<colon, value)
    }
}

extension HTTPFields.Entry {
    fileprivate init(name: Range<Int>, value: Range<Int>) {
        self.init(
            name: UInt32(clamping: name.lowerBound)..<UInt32(clamping: name.upperBound),
            value: UInt32(clamping: value.lowerBound)..<UInt32(clamping: value.upperBound)
        )
    }
}
