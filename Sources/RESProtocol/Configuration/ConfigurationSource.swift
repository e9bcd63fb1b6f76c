/// The text of one configuration file, and how far it has been read.
struct ConfigurationSource {
    let file: String
    let bytes: [UInt8]
    var offset = 0
    private let lineStarts: [Int]

    init(file: String, text: String) {
        self.file = file
        var bytes = Array(text.utf8)
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes.removeFirst(3) }
        self.bytes = bytes
        lineStarts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
    }

    /// The byte that comes next; nil at the end.
    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// The byte after the next one.
    var afterNext: UInt8? { offset + 1 < bytes.count ? bytes[offset + 1] : nil }

    var position: ConfigurationPosition { position(at: offset) }

    func position(at offset: Int) -> ConfigurationPosition {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        let column = bytes[lineStarts[low]..<offset].count { $0 & 0xc0 != 0x80 }
        return ConfigurationPosition(file: file, line: low + 1, column: column + 1)
    }

    /// Takes the next byte if it is this one.
    mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        offset += 1
        return true
    }

    /// Takes bytes as long as they fit.
    mutating func takeWhile(_ fits: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = offset
        while let byte = next, fits(byte) { offset += 1 }
        return bytes[start..<offset]
    }

    /// Skips blanks, and with them, where it is asked for, line ends and comments.
    ///
    /// - Returns: whether a line has ended.
    @discardableResult
    mutating func skipBlanks(andLines: Bool = true) -> Bool {
        var ended = false
        while let byte = next {
            switch byte {
            case 0x20, 0x09: offset += 1
            case 0x0a, 0x0d:
                guard andLines else { return ended }
                ended = true
                offset += 1
            case UInt8(ascii: "#"): skipComment()
            case UInt8(ascii: "/") where afterNext == byte: skipComment()
            default: return ended
            }
        }
        return ended
    }

    private mutating func skipComment() {
        _ = takeWhile { $0 != 0x0a && $0 != 0x0d }
    }

    /// What comes next, for an error.
    var found: String {
        guard let byte = next else { return "the end of the file" }
        if byte == 0x0a || byte == 0x0d { return "the end of the line" }
        let rest = String(decoding: bytes[offset..<min(offset + 16, bytes.count)], as: UTF8.self)
        return rest.first.map { "'\($0)'" } ?? "nothing"
    }
}
