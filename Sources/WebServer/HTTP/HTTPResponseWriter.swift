import struct NIOCore.ByteBuffer

/// Writes the head of answers (RFC 9112 section 4).
enum HTTPResponseWriter {
    /// What of a request decides how its answer is written.
    struct Circumstances: Equatable {
        /// Whether the answer is one to HEAD: the head alone, with the length that the body would have.
        var isHead = false
        /// Whether the client speaks HTTP/1.0.
        var isHTTP10 = false
        /// Whether the connection stays open.
        var isKeepAlive = true
    }

    /// Writes status line, fields and the blank line.
    ///
    /// - Parameter date: the value of the field `Date`.
    /// - Returns: whether the body follows.
    static func writeHead(
        of response: HTTPResponse,
        for circumstances: Circumstances,
        date: String,
        into buffer: inout ByteBuffer
    ) -> Bool {
        writeStatusLine(response.status, into: &buffer)
        for field in response.fields { write(field, into: &buffer) }
        buffer.writeStaticString("Date: ")
        buffer.writeString(date)
        let allowsBody = HTTPStatus.allowsBody(response.status)
        if allowsBody {
            buffer.writeStaticString("\r\nContent-Length: ")
            writeDecimal(response.body.readableBytes, into: &buffer)
        }
        if !circumstances.isKeepAlive {
            buffer.writeStaticString("\r\nConnection: close\r\n\r\n")
        } else if circumstances.isHTTP10 {
            buffer.writeStaticString("\r\nConnection: keep-alive\r\n\r\n")
        } else {
            buffer.writeStaticString("\r\n\r\n")
        }
        return allowsBody && !circumstances.isHead && response.body.readableBytes > 0
    }

    /// Writes the answer that completes a WebSocket handshake (RFC 6455 section 4.2.2).
    static func writeUpgrade(accept: String, extraFields: [HTTPField], into buffer: inout ByteBuffer) {
        buffer.writeStaticString(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        )
        write(HTTPField("Sec-WebSocket-Accept", accept), into: &buffer)
        for field in extraFields { write(field, into: &buffer) }
        buffer.writeStaticString("\r\n")
    }

    private static func writeStatusLine(_ status: Int, into buffer: inout ByteBuffer) {
        if status == 200 {
            buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
            return
        }
        buffer.writeStaticString("HTTP/1.1 ")
        writeDecimal(status, into: &buffer)
        buffer.writeStaticString(" ")
        buffer.writeString(HTTPStatus.reason(of: status))
        buffer.writeStaticString("\r\n")
    }

    /// Writes one field. A control character in a value, which could end the field, becomes a space; a field
    /// whose name is no
    /// name is left out.
    private static func write(_ field: HTTPField, into buffer: inout ByteBuffer) {
        guard !field.name.isEmpty, field.name.utf8.allSatisfy(\.isHTTPTokenByte) else { return }
        buffer.writeString(field.name)
        buffer.writeStaticString(": ")
        if field.value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
            buffer.writeBytes(field.value.utf8.map { $0 < 0x20 || $0 == 0x7f ? HTTPGrammar.space : $0 })
        } else {
            buffer.writeString(field.value)
        }
        buffer.writeStaticString("\r\n")
    }

    private static func writeDecimal(_ number: Int, into buffer: inout ByteBuffer) {
        if number >= 10 { writeDecimal(number / 10, into: &buffer) }
        buffer.writeInteger(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }
}
