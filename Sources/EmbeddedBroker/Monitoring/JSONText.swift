import RESProtocol

import struct NIOCore.ByteBuffer

/// JSON as it is written member by member, in one line or indented by two blanks.
struct JSONText {
    private(set) var bytes = ByteBuffer()
    /// Whether every member stands on a line of its own.
    let isIndented: Bool
    private var depth = 0
    private var isFirst = true

    init(isIndented: Bool) {
        self.isIndented = isIndented
    }

    /// The text of one object.
    static func object(isIndented: Bool, _ body: (inout JSONText) -> Void) -> ByteBuffer {
        var text = JSONText(isIndented: isIndented)
        text.object(body)
        return text.bytes
    }

    // MARK: Members

    mutating func member(_ name: String, _ value: String) {
        begin(name)
        bytes.writeJSON(value)
    }

    mutating func member(_ name: String, _ value: some BinaryInteger) {
        begin(name)
        bytes.writeJSON(value)
    }

    mutating func member(_ name: String, _ value: Bool) {
        begin(name)
        bytes.writeJSON(value)
    }

    /// A number; one without a fraction is written without a point.
    mutating func member(_ name: String, _ value: Double) {
        begin(name)
        if let whole = Int64(exactly: value) { bytes.writeJSON(whole) } else { bytes.writeString("\(value)") }
    }

    /// A member that is left out when it is empty.
    mutating func member(_ name: String, unlessEmpty value: String?) {
        if let value, !value.isEmpty { member(name, value) }
    }

    /// A flag that is left out when it does not hold.
    mutating func member(_ name: String, ifTrue value: Bool) {
        if value { member(name, true) }
    }

    mutating func member(_ name: String, object body: (inout JSONText) -> Void) {
        begin(name)
        object(body)
    }

    /// An array of strings.
    mutating func member(_ name: String, strings: [String]) {
        array(name, of: strings) { text, element in text.bytes.writeJSON(element) }
    }

    /// An array of objects.
    mutating func member<Element>(
        _ name: String,
        objects: some Collection<Element>,
        _ body: (inout JSONText, Element) -> Void
    ) {
        array(name, of: objects) { text, element in text.object { body(&$0, element) } }
    }

    /// A member whose value is JSON already.
    mutating func member(_ name: String, json: ByteBuffer) {
        begin(name)
        bytes.writeImmutableBuffer(json)
    }

    mutating func null(_ name: String) {
        begin(name)
        bytes.writeStaticString("null")
    }

    // MARK: Layout

    /// An object as a value.
    mutating func object(_ body: (inout JSONText) -> Void) {
        enclose("{", "}", body)
    }

    private mutating func array<Element>(
        _ name: String,
        of elements: some Collection<Element>,
        _ body: (inout JSONText, Element) -> Void
    ) {
        begin(name)
        enclose("[", "]") { text in
            for element in elements {
                text.separate()
                body(&text, element)
            }
        }
    }

    private mutating func enclose(
        _ start: StaticString,
        _ end: StaticString,
        _ body: (inout JSONText) -> Void
    ) {
        bytes.writeStaticString(start)
        depth += 1
        isFirst = true
        body(&self)
        depth -= 1
        if !isFirst { breakLine() }
        isFirst = false
        bytes.writeStaticString(end)
    }

    private mutating func begin(_ name: String) {
        separate()
        bytes.writeJSON(name)
        bytes.writeStaticString(isIndented ? ": " : ":")
    }

    private mutating func separate() {
        if !isFirst { bytes.writeStaticString(",") }
        isFirst = false
        breakLine()
    }

    private mutating func breakLine() {
        guard isIndented else { return }
        bytes.writeStaticString("\n")
        bytes.writeRepeatingByte(UInt8(ascii: " "), count: 2 * depth)
    }
}
