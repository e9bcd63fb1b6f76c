package import struct NIOCore.ByteBuffer

/// A NATS header block as it stands on the wire: `NATS/1.0[ status[ description]]`, lines `Name: value`, a
/// blank line.
///
/// Blocks are passed on unread, so one from a peer may be malformed; the accessors then find nothing.
package struct MessageHeaders: Hashable, Sendable {
    /// The whole block, from `NATS/1.0` to the blank line.
    package let block: ByteBuffer

    /// A block read from the wire.
    package init(block: ByteBuffer) {
        self.block = block
    }

    /// A block of these fields, in this order. Names and values must hold no CR or LF.
    package init(status: Int? = nil, fields: [(name: String, value: String)] = []) {
        var block = ByteBuffer()
        block.writeString("NATS/1.0")
        if let status { block.writeString(" \(status)") }
        block.writeString("\r\n")
        for field in fields { block.writeString("\(field.name): \(field.value)\r\n") }
        block.writeString("\r\n")
        self.block = block
    }

    /// The status of the first line, as in `NATS/1.0 503`.
    package var status: Int? {
        guard let line = lines.first, line.hasPrefix("NATS/1.0 ") else { return nil }
        return Int(line.dropFirst("NATS/1.0 ".count).prefix { $0 != " " })
    }

    /// The values of a field, in order. The name is matched as it is written.
    package subscript(name: String) -> [String] {
        lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":"), line[..<colon] == name else { return nil }
            return String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
        }
    }

    /// All fields, in order; lines without a colon are none.
    package var fields: [(name: String, value: String)] {
        lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            return (String(line[..<colon]), String(value))
        }
    }

    private var lines: [Substring] {
        String(buffer: block).split(separator: "\r\n", omittingEmptySubsequences: true)
    }
}
