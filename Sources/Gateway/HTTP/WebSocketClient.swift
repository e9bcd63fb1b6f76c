import RESProtocol
import WebServer

import struct NIOCore.ByteBuffer

/// A WebSocket and its session: what came by the one goes to the other, until either ends.
final class WebSocketClient: WebSocketDelegate {
    let session: ClientSession
    private let tracer: MessageTracer?

    init(session: ClientSession, tracer: MessageTracer?) {
        self.session = session
        self.tracer = tracer
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        tracer?.received(text, from: session.id)
        session.received(text)
    }

    func closed(_ connection: WebSocketConnection) {
        tracer?.disconnected(session.id)
        session.context.webSocketCount -= 1
        session.close()
    }
}

/// What auth requests tell of a client, kept in few bytes for as long as a WebSocket lasts.
struct ClientOrigin {
    private let fields: HTTPFields
    private let target: String
    private let host: String
    private let peer: PeerAddress

    /// Copies what it keeps of the request.
    init(_ request: HTTPRequest, peer: PeerAddress) {
        fields = request.fields.copied()
        target = request.target
        host = request.host
        self.peer = peer
    }

    var description: ServiceRequest.ClientDescription {
        ServiceRequest.ClientDescription(
            header: fields.canonical,
            host: host,
            remoteAddress: peer.text,
            uri: target
        )
    }
}
