import NIOCore

@testable import WebServer

extension FuzzTarget {
    /// Frames as clients send them: any split of the bytes gives the same messages, none over its limit.
    static let webSocket = FuzzTarget(name: "websocket") { input in
        var pieces: [ArraySlice<UInt8>] = []
        InputSplit.pieces(of: input) { pieces.append($0) }
        for keepsContext in [false, true, nil] {
            let whole = outline(of: [input[...]], keepsContext: keepsContext)
            precondition(
                outline(of: pieces, keepsContext: keepsContext) == whole,
                "a split changes what the bytes mean"
            )
        }
    }

    /// - Parameter keepsContext: whether compressed messages may refer to those before; nil where none may come.
    private static func outline(
        of pieces: [ArraySlice<UInt8>],
        keepsContext: Bool?
    ) -> [WebSocketParser.Event] {
        var limits = WebSocketLimits()
        limits.maximumMessage = 4_096
        let compression = keepsContext.map { IncomingCompression(keepsContext: $0, shared: SharedInflater()) }
        var parser = WebSocketParser(limits: limits, compression: compression)
        var events: [WebSocketParser.Event] = []
        for piece in pieces {
            var bytes = ByteBuffer(bytes: piece)
            reading: while true {
                let event = parser.next(&bytes)
                switch event {
                case .incomplete: break reading
                case .message(let message, _):
                    precondition(message.readableBytes <= limits.maximumMessage, "a message over the limit")
                    events.append(event)
                case .ping, .pong: events.append(event)
                case .close, .failure: return events + [event]
                }
            }
        }
        return events
    }
}
