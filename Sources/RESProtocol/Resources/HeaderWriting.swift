import struct NIOCore.ByteBuffer

extension ByteBuffer {
    /// Writes header fields as an object of names with an array of values each, as requests and meta objects carry them.
    mutating func writeHeader(_ fields: some Sequence<(name: String, values: [String])>) {
        writeStaticString("{")
        for (index, field) in fields.enumerated() {
            if index > 0 { writeStaticString(",") }
            writeJSON(field.name)
            writeStaticString(":[")
            for (position, value) in field.values.enumerated() {
                if position > 0 { writeStaticString(",") }
                writeJSON(value)
            }
            writeStaticString("]")
        }
        writeStaticString("}")
    }
}
