import RESProtocol

import struct NIOCore.ByteBuffer

/// Pieces of JSON that descriptions are written of.
extension ByteBuffer {
    /// Writes a member's name and a colon, with a comma before it unless it is the first.
    ///
    /// - Parameter opening: whether the object begins here.
    mutating func writeMember(_ name: StaticString, first: Bool = false, opening: Bool = false) {
        if opening { writeStaticString("{") }
        writeStaticString(first ? "\"" : ",\"")
        writeStaticString(name)
        writeStaticString("\":")
    }

    /// Writes an array, each element as told.
    mutating func writeList<Element>(
        _ elements: some Sequence<Element>,
        _ write: (inout ByteBuffer, Element) -> Void
    ) {
        writeStaticString("[")
        var isFirst = true
        for element in elements {
            if !isFirst { writeStaticString(",") }
            isFirst = false
            write(&self, element)
        }
        writeStaticString("]")
    }

    /// Writes an array of strings.
    mutating func writeNames(_ names: some Sequence<String>) {
        writeList(names) { $0.writeJSON($1) }
    }
}
