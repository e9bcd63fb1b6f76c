import RESProtocol

import struct NIOCore.ByteBuffer

/// JSON values made of others, and of literals in the program.
extension JSONSlice {
    /// An object with these members, in this order.
    static func object(_ members: [(name: String, value: JSONSlice)]) -> JSONSlice {
        var text = ByteBuffer(string: "{")
        for (index, member) in members.enumerated() {
            if index > 0 { text.writeString(",") }
            text.writeJSON(member.name)
            text.writeString(":")
            text.writeJSON(member.value)
        }
        text.writeString("}")
        return JSONSlice(unchecked: text)
    }

    /// An array of these values.
    static func array(_ values: some Sequence<JSONSlice>) -> JSONSlice {
        var text = ByteBuffer(string: "[")
        for (index, value) in values.enumerated() {
            if index > 0 { text.writeString(",") }
            text.writeJSON(value)
        }
        text.writeString("]")
        return JSONSlice(unchecked: text)
    }
}

extension JSONSlice: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    /// A JSON string.
    public init(stringLiteral value: String) { self.init(string: value) }

    /// `true` or `false`.
    public init(booleanLiteral value: Bool) {
        self.init(unchecked: ByteBuffer(string: value ? "true" : "false"))
    }

    /// A whole number.
    public init(integerLiteral value: Int) { self.init(integer: value) }
}
