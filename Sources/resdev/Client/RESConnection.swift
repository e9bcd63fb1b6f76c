import NIOCore
import NIOWebSocket
import RESProtocol

/// A WebSocket connection to a RES gateway: sends requests, and hands on events in the order they arrive.
actor RESConnection {
    /// What the gateway sends without being asked.
    struct Event: Sendable {
        /// Resource id and kind, as `library.books.42.change`.
        let name: String
        let data: JSONSlice?
    }

    /// The version of the protocol that is asked for.
    static let protocolVersion = "1.2.3"

    /// Bytes that one message of a server may have.
    private static let maximumMessage = 256 << 20

    private let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    private let events: AsyncStream<Event>.Continuation
    private var pending: [Int64: CheckedContinuation<Result<JSONSlice, RESError>, Never>] = [:]
    private var lastID: Int64 = 0
    private var isOver = false

    private init(
        outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>,
        events: AsyncStream<Event>.Continuation
    ) {
        self.outbound = outbound
        self.events = events
    }

    /// Connects, agrees on the version, and closes when the body has returned.
    ///
    /// - Parameter token: sent in the field `Authorization` where there is one.
    /// - Parameter body: gets the connection, and the events; these end when the server is gone.
    /// - Throws: `StartFailure` when there is no connection to be had, and what the body throws.
    static func with<Result: Sendable>(
        _ server: ServerURL,
        token: String? = nil,
        _ body: @escaping @Sendable (RESConnection, AsyncStream<Event>) async throws -> Result
    ) async throws -> Result {
        let channel = try await WebSocketDialer.connect(
            to: server,
            token: token,
            maximumMessage: maximumMessage
        )
        return try await channel.executeThenClose { inbound, outbound in
            let (events, continuation) = AsyncStream.makeStream(of: Event.self)
            let connection = RESConnection(outbound: outbound, events: continuation)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await connection.read(inbound) }
                let version = JSONSlice(
                    unchecked: ByteBuffer(string: "{\"protocol\":\"\(protocolVersion)\"}")
                )
                if case .failure(let error) = await connection.request("version", version) {
                    throw error.failure(of: "\(server)")
                }
                let result = try await body(connection, events)
                group.cancelAll()
                return result
            }
        }
    }

    /// Sends a request and waits for its answer.
    ///
    /// - Parameter method: as `subscribe.library.books` or `call.library.books.new`.
    func request(_ method: String, _ params: JSONSlice? = nil) async -> Result<JSONSlice, RESError> {
        guard !isOver else { return .failure(RESConnection.lost) }
        lastID += 1
        let id = lastID
        var text = ByteBuffer()
        text.writeString("{\"id\":\(id),\"method\":")
        text.writeJSON(method)
        if let params {
            text.writeString(",\"params\":")
            text.writeJSON(params)
        }
        text.writeString("}")
        let frame = WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: text)
        return await withCheckedContinuation { continuation in
            pending[id] = continuation
            Task { await send(frame, for: id) }
        }
    }

    private func send(_ frame: WebSocketFrame, for id: Int64) async {
        do { try await outbound.write(frame) } catch { end(id, .failure(RESConnection.lost)) }
    }

    private func read(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async {
        do {
            for try await frame in inbound {
                switch frame.opcode {
                case .text, .binary: received(frame.unmaskedData)
                case .ping:
                    let pong = WebSocketFrame(
                        fin: true,
                        opcode: .pong,
                        maskKey: .random(),
                        data: frame.unmaskedData
                    )
                    try await outbound.write(pong)
                case .connectionClose: return over()
                default: break
                }
            }
        } catch {}
        over()
    }

    private func received(_ text: ByteBuffer) {
        guard let message = try? JSONSlice(parsing: text) else { return }
        if let id = message["id"]?.integer {
            let error = message["error"].map { RESError(decoding: $0) ?? .internalError }
            end(id, error.map { .failure($0) } ?? .success(message["result"] ?? .null))
        } else if let event = message["event"]?.string {
            events.yield(Event(name: event, data: message["data"]))
        }
    }

    private func end(_ id: Int64, _ result: Result<JSONSlice, RESError>) {
        pending.removeValue(forKey: id)?.resume(returning: result)
    }

    private func over() {
        isOver = true
        for id in pending.keys { end(id, .failure(RESConnection.lost)) }
        events.finish()
    }

    /// Code of the error with which requests end whose answer can no longer come.
    static let lostCode = "system.connectionLost"

    private static let lost = RESError(
        code: lostCode,
        message: "the server has closed the connection"
    )
}
