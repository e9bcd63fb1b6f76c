/// One thing that a simulated client was sent.
enum DeliveredItem: Hashable {
    /// A message for one subscription.
    case message(id: Int, sid: String)
    /// The status that nobody subscribes to what was published with a reply subject.
    case noResponders(id: Int, sid: String)
    case pong
    case acknowledgement
    case error(String)
    /// Something that should not have come, or not like this.
    case wrong(String)
}

/// Reads what the broker sends, in pieces of any size, and compares messages with those that were published.
struct DeliveryReader {
    private var bytes: [UInt8] = []
    private var start = 0
    /// Whether the client asked for header blocks.
    let takesHeaders: Bool

    init(takesHeaders: Bool) {
        self.takesHeaders = takesHeaders
    }

    /// Whether something incomplete is left.
    var hasRest: Bool { start < bytes.count }

    /// The items that are complete.
    ///
    /// - Parameter published: finds a message by its id.
    mutating func read(_ more: [UInt8], published: (Int) -> SimulatedMessage?) -> [DeliveredItem] {
        bytes += more
        var items: [DeliveredItem] = []
        while let item = next(published) { if let item = item.item { items.append(item) } }
        bytes.removeSubrange(..<start)
        start = 0
        return items
    }

    /// - Returns: nil where nothing complete is left; what needs no check is complete without an item.
    private mutating func next(_ published: (Int) -> SimulatedMessage?) -> (item: DeliveredItem?, Void)? {
        guard let lineFeed = bytes[start...].firstIndex(of: 0x0a) else { return nil }
        let line = String(decoding: bytes[start..<lineFeed - 1], as: UTF8.self)
        let words = line.split(separator: " ").map(String.init)
        guard words.first == "MSG" || words.first == "HMSG" else {
            start = lineFeed + 1
            return (DeliveryReader.control(line), ())
        }
        let hasHeaders = words[0] == "HMSG"
        let total = Int(words.last ?? "") ?? 0
        let headers = hasHeaders ? Int(words[words.count - 2]) ?? 0 : 0
        let end = lineFeed + 1 + total
        guard end + 2 <= bytes.count else { return nil }
        defer { start = end + 2 }
        let isClosed = bytes[end] == 0x0d && bytes[end + 1] == 0x0a
        let block = String(decoding: bytes[lineFeed + 1..<lineFeed + 1 + headers], as: UTF8.self)
        let payload = String(decoding: bytes[lineFeed + 1 + headers..<end], as: UTF8.self)
        let arguments = words[1..<words.count - (hasHeaders ? 2 : 1)]
        guard isClosed, 2...3 ~= arguments.count else { return (.wrong(line), ()) }
        let parts = Array(arguments)
        let reply = parts.count == 3 ? parts[2] : ""
        if block.hasPrefix("NATS/1.0 503") {
            return (DeliveryReader.status(block, payload, subject: parts[0], sid: parts[1], published), ())
        }
        let id = payload.split(separator: "|").first.flatMap { Int($0) } ?? -1
        let expected = published(id)
        let isRight =
            expected?.subject == parts[0] && expected?.reply == reply && expected?.payload == payload
            && (takesHeaders ? expected?.headers : "") == block
        return (
            isRight ? .message(id: id, sid: parts[1]) : .wrong("\(line) \(block) \(payload.prefix(40))"), ()
        )
    }

    private static func control(_ line: String) -> DeliveredItem? {
        switch line {
        case "PONG": .pong
        case "+OK": .acknowledgement
        case _ where line.hasPrefix("-ERR "): .error(line)
        case "PING": nil
        case _ where line.hasPrefix("INFO "): nil
        default: .wrong(line)
        }
    }

    private static func status(
        _ block: String,
        _ payload: String,
        subject: String,
        sid: String,
        _ published: (Int) -> SimulatedMessage?
    ) -> DeliveredItem {
        let id = subject.split(separator: ".").last.flatMap { Int($0) } ?? -1
        let asked = published(id)?.subject ?? "?"
        guard block == "NATS/1.0 503\r\nNats-Subject: \(asked)\r\n\r\n", payload.isEmpty else {
            return .wrong("status \(block)")
        }
        return .noResponders(id: id, sid: sid)
    }
}
