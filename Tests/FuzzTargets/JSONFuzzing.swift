import NIOCore

@testable import RESProtocol

extension FuzzTarget {
    /// JSON texts: what is found well-formed can be looked into to its last value, and each part is well-formed by itself.
    static let json = FuzzTarget(name: "json") { input in
        guard let value = try? JSONSlice(parsing: ByteBuffer(bytes: input), maximumDepth: 64) else { return }
        var stack = [value]
        while let next = stack.popLast() {
            precondition(
                (try? JSONSlice(parsing: next.bytes, maximumDepth: 64)) == next,
                "a part is another value by itself"
            )
            look(at: next)
            for (name, member) in next.members {
                precondition(name.string != nil, "a name is no string")
                stack.append(member)
            }
            stack.append(contentsOf: next.elements)
        }
    }

    private static func look(at value: JSONSlice) {
        _ = (
            value.integer, value.double, value.bool, ResourceValue(decoding: value), RESError(decoding: value)
        )
        _ = (
            ResourceContent(decoding: value), QueryEvent(decoding: value),
            [ResourceEvent](decodingQueryEvents: value)
        )
        if let text = value.string {
            precondition(
                JSONSlice(string: text).string == text,
                "a text is another one when it is written again"
            )
            _ = ResourceID(text)
        }
    }
}
