import RESProtocol

/// The header fields of a message, in order. A name may stand several times; names are compared as they are written, as NATS does.
///
///     var headers: BusHeaders = ["Content-Type": "application/json"]
///     headers.append("Trace-Id", "7")
///     headers["Content-Type"]         // "application/json"
public struct BusHeaders: Hashable, Sendable, ExpressibleByDictionaryLiteral, CustomStringConvertible {
    /// One field.
    public struct Field: Hashable, Sendable {
        /// Without colon and line breaks.
        public let name: String
        /// Without line breaks.
        public let value: String
    }

    /// All fields, in order.
    public private(set) var fields: [Field] = []
    /// The status in the first line, as in `NATS/1.0 503`; nil without one. The broker, not a client, sets it.
    public internal(set) var status: Int?

    /// No fields.
    public init() {}

    /// These fields; of names that stand twice, both.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }

    /// Reads a block as it came; lines that are no fields are left out.
    init(_ headers: MessageHeaders) {
        status = headers.status
        for field in headers.fields { append(field.name, field.value) }
    }

    /// Whether there is no field and no status.
    public var isEmpty: Bool { fields.isEmpty && status == nil }

    /// Adds a field behind the others.
    public mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// The first value of a name. Setting it replaces all fields of that name; nil takes them away.
    public subscript(name: String) -> String? {
        get { fields.first { $0.name == name }?.value }
        set {
            fields.removeAll { $0.name == name }
            if let newValue { append(name, newValue) }
        }
    }

    /// All values of a name, in order.
    public func values(of name: String) -> [String] {
        fields.lazy.filter { $0.name == name }.map(\.value)
    }

    /// The fields as lines, `Name: value`.
    public var description: String { fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n") }

    /// The block as it is sent; nil without fields.
    ///
    /// - Throws: `BusError` of code `invalidHeader`.
    func encoded() throws(BusError) -> MessageHeaders? {
        guard !fields.isEmpty else { return nil }
        for field in fields {
            let isName =
                !field.name.isEmpty
                && field.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
            guard isName else {
                throw BusError(
                    .invalidHeader,
                    "a header's name is printable ASCII without colon, and not '\(field.name)'"
                )
            }
            guard !field.value.utf8.contains(where: { $0 == 0x0d || $0 == 0x0a }) else {
                throw BusError(.invalidHeader, "the value of header \(field.name) has a line break")
            }
        }
        return MessageHeaders(fields: fields.map { (name: $0.name, value: $0.value) })
    }
}
