import RESProtocol

import struct NIOCore.ByteBuffer

/// What `watch` does on one connection: subscribes, shows what there is, and then every event.
actor Watch {
    private let rids: [String]
    private let output: ClientOutputStyle
    private let maximumEvents: Int?
    private var events = 0

    init(rids: [String], output: ClientOutputStyle, maximumEvents: Int?) {
        self.rids = rids
        self.output = output
        self.maximumEvents = maximumEvents
    }

    /// Ends when as many events as asked for have come.
    ///
    /// - Throws: `ConnectionLost` when the server is gone, `StartFailure` when a resource can't be had.
    func run(_ connection: RESConnection, _ stream: AsyncStream<RESConnection.Event>) async throws {
        var copies = ResourceCopies()
        for rid in rids {
            switch await connection.request("subscribe.\(rid)") {
            case .failure(let error) where error.code == RESConnection.lostCode: throw ConnectionLost()
            case .failure(let error): throw error.failure(of: rid)
            case .success(let set):
                copies.add(resourceSet: set)
                show(rid, copies)
            }
        }
        for await event in stream {
            let changes = copies.apply(event: event.name, data: event.data)
            if output.isJSON { output.write([Watch.json(event)]) } else { show(changes) }
            events += 1
            if let maximumEvents, events >= maximumEvents { return }
        }
        throw ConnectionLost()
    }

    private func show(_ rid: String, _ copies: ResourceCopies) {
        let text = ResourceText(copies: copies, style: output.style, width: output.width)
        guard output.isJSON else {
            return output.write([output.style.link(TerminalText.printable(rid))] + text.lines(of: rid))
        }
        for line in text.jsonLines(of: rid) {
            output.write([
                JSONSlice.object([
                    ("rid", JSONSlice(string: rid)), ("content", JSONSlice(unchecked: .init(string: line))),
                ]).text
            ])
        }
    }

    private func show(_ changes: [ResourceCopies.Change]) {
        let text = ChangeText(style: output.style)
        let clock = output.style.dim(LogTime.now.clock)
        output.write(changes.map { "\(clock) \(text.line($0))" })
    }

    private static func json(_ event: RESConnection.Event) -> String {
        let dot = event.name.lastIndex(of: ".") ?? event.name.startIndex
        return ChangeText.json(
            rid: String(event.name[..<dot]),
            event: String(event.name[dot...].dropFirst()),
            data: event.data
        )
    }
}
