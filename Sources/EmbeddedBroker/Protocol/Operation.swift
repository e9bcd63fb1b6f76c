/// The operations a client may send, named as on the wire, in any case of letters.
enum Operation: UInt8, CaseIterable {
    case publish, publishHeaders, subscribe, unsubscribe, ping, pong, connect, info, acknowledge, error

    /// The name in lower case.
    private var name: [UInt8] { Operation.names[Int(rawValue)] }

    /// The name as it is usually written, in upper case.
    var text: String { String(decoding: name, as: UTF8.self).uppercased() }

    private static let names: [[UInt8]] = [
        "pub", "hpub", "sub", "unsub", "ping", "pong", "connect", "info", "+ok", "-err",
    ].map { Array($0.utf8) }

    /// Whether the name must be followed by a blank.
    private var needsBlank: Bool {
        switch self {
        case .publish, .publishHeaders, .subscribe, .unsubscribe, .error: true
        case .ping, .pong, .connect, .info, .acknowledge: false
        }
    }

    /// Whether what stands between the name and the line's end has no meaning and no limit.
    var ignoresArguments: Bool {
        switch self {
        case .ping, .pong, .acknowledge: true
        default: false
        }
    }
}

extension Operation {
    /// What the first bytes of a line say.
    enum Recognition: Equatable {
        /// An operation, and the offset behind its name.
        case found(Operation, end: Int)
        /// Too few bytes to tell, but none of them wrong.
        case incomplete
        /// No operation begins like this.
        case unknown
    }

    /// Finds out which operation begins at an offset.
    static func recognise(in bytes: borrowing Span<UInt8>, at start: Int) -> Recognition {
        var isPrefix = false
        for operation in allCases {
            switch operation.compare(with: bytes, at: start) {
            case .found(let operation, let end): return .found(operation, end: end)
            case .incomplete: isPrefix = true
            case .unknown: break
            }
        }
        return isPrefix ? .incomplete : .unknown
    }

    private func compare(with bytes: borrowing Span<UInt8>, at start: Int) -> Recognition {
        let name = name
        let length = name.count
        let available = min(length, bytes.count - start)
        for index in 0..<available {
            let byte = bytes[start + index]
            let lowered = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
            guard lowered == name[index] else { return .unknown }
        }
        guard available == length else { return .incomplete }
        guard needsBlank else { return .found(self, end: start + length) }
        guard start + length < bytes.count else { return .incomplete }
        return Operation.isBlank(bytes[start + length]) ? .found(self, end: start + length) : .unknown
    }

    /// Whether a byte separates arguments.
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
