import NIOCore
import RESProtocol

/// What a NATS message looks like.
struct MessageText: Sendable {
    let output: ClientOutputStyle

    /// The lines of a message.
    ///
    /// - Parameter number: its place among those received; shown to people.
    func lines(_ message: Message, number: Int? = nil) -> [String] {
        guard !output.isJSON else { return [MessageText.json(message)] }
        let style = output.style
        var head = style.link(TerminalText.printable(message.subject.text))
        if let number { head = style.dim("#\(number) \(LogTime.now.clock) ") + head }
        if let reply = message.reply { head += style.dim("  reply to \(TerminalText.printable(reply.text))") }
        let fields = MessageText.fields(message).map { style.dim("\($0.name): \($0.value)") }
        return [head] + fields + [MessageText.body(message.payload)]
    }

    /// `{"subject":…,"reply":…,"headers":{…},"data":…}`; a payload that is no JSON is `text`, one that is no text `base64`.
    static func json(_ message: Message) -> String {
        var members = [("subject", JSONSlice(string: message.subject.text))]
        if let reply = message.reply { members.append(("reply", JSONSlice(string: reply.text))) }
        let fields = fields(message)
        if !fields.isEmpty {
            members.append(("headers", .object(fields.map { ($0.name, JSONSlice(string: $0.value)) })))
        }
        if let value = try? JSONSlice(parsing: message.payload) {
            members.append(("data", value))
        } else if let text = String(validating: message.payload.readableBytesView, as: UTF8.self) {
            members.append(("text", JSONSlice(string: text)))
        } else {
            let encoded = Base64.encode(message.payload.readableBytesUInt8Span)
            members.append(("base64", JSONSlice(string: String(decoding: encoded, as: UTF8.self))))
        }
        return JSONSlice.object(members).text
    }

    private static func body(_ payload: ByteBuffer) -> String {
        guard let text = String(validating: payload.readableBytesView, as: UTF8.self) else {
            return "\(payload.readableBytes) bytes that are no text"
        }
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { TerminalText.printable(String($0)) }.joined(separator: "\n")
    }

    private static func fields(_ message: Message) -> [(name: String, value: String)] {
        guard let block = message.headers?.block else { return [] }
        return String(buffer: block).split(separator: "\r\n").dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return (TerminalText.printable(String(line[..<colon])), TerminalText.printable(String(value)))
        }
    }
}
