import RESProtocol

import struct NIOCore.ByteBuffer

extension ResourceValue {
    /// Writes the value as clients before protocol 1.2.1 understand it: a soft reference is its resource id, a data
    /// value is the text `[Data]`.
    func encodeLegacy(into buffer: inout ByteBuffer) {
        switch self {
        case .softReference(let id): buffer.writeJSON(id.text)
        case .data: buffer.writeStaticString("\"[Data]\"")
        case .primitive, .reference, .delete: encode(into: &buffer)
        }
    }

    /// Whether clients before protocol 1.2.1 get another form of the value.
    var hasLegacyForm: Bool {
        switch self {
        case .softReference, .data: true
        case .primitive, .reference, .delete: false
        }
    }
}

extension [ModelMember] {
    /// Writes the object of properties as clients before protocol 1.2.1 understand it.
    func encodeLegacy(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{")
        for (index, member) in enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            buffer.writeJSON(member.name)
            buffer.writeStaticString(":")
            member.value.encodeLegacy(into: &buffer)
        }
        buffer.writeStaticString("}")
    }
}
