import CCrypto
import RESProtocol

/// A client's opening handshake (RFC 6455 section 4.2).
struct WebSocketHandshake: Hashable {
    /// The value of `Sec-WebSocket-Accept` that completes it.
    let accept: String

    /// Checks a request; nil when it is no valid handshake of version 13.
    init?(_ request: HTTPRequest) {
        guard request.method == .get, !request.isHTTP10,
            WebSocketHandshake.list("Connection", of: request, contains: "upgrade"),
            WebSocketHandshake.list("Upgrade", of: request, contains: "websocket"),
            request.fields.values(of: "Sec-WebSocket-Version") == ["13"]
        else { return nil }
        let keys = request.fields.values(of: "Sec-WebSocket-Key")
        guard keys.count == 1, let key = keys.first, WebSocketHandshake.isKey(key) else { return nil }
        accept = WebSocketHandshake.accept(key: key)
    }

    /// Whether a text is the Base64 of 16 bytes.
    private static func isKey(_ key: String) -> Bool {
        guard key.utf8.count == 24, key.hasSuffix("==") else { return false }
        return key.utf8.dropLast(2).allSatisfy { Base64.digits.contains($0) }
    }

    /// The Base64 of the SHA-1 of the key and the protocol's own identifier.
    private static func accept(key: String) -> String {
        let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
        var digest = [UInt8](repeating: 0, count: 20)
        resdev_sha1(text, text.count, &digest)
        return String(decoding: Base64.encode(digest.span), as: UTF8.self)
    }

    private static func list(_ name: String, of request: HTTPRequest, contains token: String) -> Bool {
        request.fields.values(of: name).contains { value in
            value.utf8.split(separator: UInt8(ascii: ",")).contains { element in
                element.filter { $0 != HTTPGrammar.space && $0 != HTTPGrammar.tab }
                    .elementsEqual(token.utf8, by: { $0.asciiLowercased == $1 })
            }
        }
    }
}
