import struct NIOCore.ByteBuffer

/// The header fields of a request, in the order they were sent, as ranges of the bytes they were sent in.
///
/// Nothing is decoded until it is asked for. Names match whatever their case (RFC 9110 section 5.1).
package struct HTTPFields: Sendable {
    /// One field: where its name and its value, without white space around it, stand in `block`.
    struct Entry: Sendable {
        var name: Range<UInt32>
        var value: Range<UInt32>
    }

    /// The head of the request; ranges count from its first readable byte.
    var block: ByteBuffer
    var entries: [Entry]

    init(block: ByteBuffer, entries: [Entry]) {
        self.block = block
        self.entries = entries
    }

    /// Fields with these names and values.
    package init(_ fields: [(name: String, value: String)] = []) {
        block = ByteBuffer()
        entries = []
        for (name, value) in fields {
            let start = UInt32(block.writerIndex)
            block.writeString(name)
            let middle = UInt32(block.writerIndex)
            block.writeString(value)
            entries.append(Entry(name: start..<middle, value: middle..<UInt32(block.writerIndex)))
        }
    }

    /// The same fields with bytes of their own, for whoever keeps them longer than the request.
    package func copied() -> HTTPFields {
        HTTPFields(block: ByteBuffer(bytes: block.readableBytesView), entries: entries)
    }

    /// How many fields there are; a repeated name counts each time.
    package var count: Int { entries.count }

    /// The value of the first field of that name.
    package subscript(name: String) -> String? {
        entries.first { matches($0, name) }.map { text($0.value) }
    }

    /// Whether there is a field of that name.
    package func contains(_ name: String) -> Bool {
        for entry in entries where matches(entry, name) { return true }
        return false
    }

    /// The values of all fields of that name, in order.
    package func values(of name: String) -> [String] {
        entries.filter { matches($0, name) }.map { text($0.value) }
    }

    /// Every field as it was sent, in order.
    package var all: [(name: String, value: String)] {
        entries.map { (text($0.name), text($0.value)) }
    }

    /// Every name in canonical form with all its values, in order of first appearance, as auth requests carry
    /// them.
    ///
    /// `Host` is left out: it is a member of its own there.
    package var canonical: [(name: String, values: [String])] {
        var positions: [String: Int] = [:]
        var fields: [(name: String, values: [String])] = []
        for entry in entries {
            let name = HTTPField.canonicalName(text(entry.name))
            if name == "Host" { continue }
            if let position = positions[name] {
                fields[position].values.append(text(entry.value))
            } else {
                positions[name] = fields.count
                fields.append((name, [text(entry.value)]))
            }
        }
        return fields
    }

    func text(_ range: Range<UInt32>) -> String {
        block.getString(at: block.readerIndex + Int(range.lowerBound), length: range.count) ?? ""
    }

    private func matches(_ entry: Entry, _ name: String) -> Bool {
        guard entry.name.count == name.utf8.count else { return false }
        let bytes = block.readableBytesUInt8Span
        var offset = Int(entry.name.lowerBound)
        for byte in name.utf8 {
            guard bytes[offset].asciiLowercased == byte.asciiLowercased else { return false }
            offset += 1
        }
        return true
    }
}

extension UInt8 {
    /// The byte of the small letter where this is one of `A` to `Z`, else the byte itself.
    package var asciiLowercased: UInt8 {
        0x41...0x5a ~= self ? self | 0x20 : self
    }
}
