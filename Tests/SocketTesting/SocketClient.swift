import Glibc

/// A blocking TCP client for tests that speak to a live server byte by byte.
package final class SocketClient: @unchecked Sendable {
    private let descriptor: Int32
    private var isClosed = false

    /// - Parameter receiveBuffer: size of the system's buffer, for clients that shall stall soon.
    package init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4)
        }
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw SocketError(code: errno) }
    }

    deinit { close() }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        _ = Glibc.close(descriptor)
    }

    /// Closes with a reset.
    package func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Sends until the system takes no more for half a second, and returns how many bytes it took.
    package func sendWithoutWaiting(_ text: String) -> Int {
        var timeout = timeval(tv_sec: 0, tv_usec: 500_000)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, min($0.count, 65536), Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { break }
            offset += count
        }
        return offset
    }

    /// Closes the sending side.
    package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    package func send(_ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            offset += count
        }
    }

    package func send(_ text: String) { send(Array(text.utf8)) }

    /// What arrives next: at least one byte; nothing at the end, after ten seconds, or when the connection was reset.
    package func receive(upTo limit: Int = 65536) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &bytes, limit, 0)
        return Array(bytes.prefix(max(count, 0)))
    }

    /// That many bytes, or fewer at the end.
    package func receive(exactly count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = receive(upTo: count - bytes.count)
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }

    /// Everything to the end.
    package func receiveAll() -> String {
        var bytes: [UInt8] = []
        while true {
            let more = receive()
            if more.isEmpty { return String(decoding: bytes, as: UTF8.self) }
            bytes += more
        }
    }

    /// Text up to and with a mark.
    package func receive(through mark: String) -> String {
        var bytes: [UInt8] = []
        let end = Array(mark.utf8)
        while !bytes.suffix(end.count).elementsEqual(end) {
            let more = receive(upTo: 1)
            if more.isEmpty { break }
            bytes += more
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One answer: its head without `Date`, a bar and its body, line ends as `/`.
    package func receiveAnswer(hasBody: Bool = true) -> String {
        let lines = receive(through: "\r\n\r\n").split(separator: "\r\n")
        let length = lines.lazy.compactMap { line in
            line.hasPrefix("Content-Length: ") ? Int(line.dropFirst(16)) : nil
        }.first
        let body = hasBody ? receive(exactly: length ?? 0) : []
        let head = lines.filter { !$0.hasPrefix("Date: ") && !$0.hasPrefix("Content-Length: ") }
        return head.joined(separator: "/") + "|" + String(decoding: body, as: UTF8.self)
    }

    /// One frame of a server, as its kind and its text, or the code of a close frame; `end` at the end.
    package func receiveFrame() -> String {
        let head = receive(exactly: 2)
        guard head.count == 2 else { return "end" }
        var length = Int(head[1])
        if length >= 126 {
            length = receive(exactly: length == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
        }
        let payload = receive(exactly: length)
        switch head[0] {
        case 0x81: return "text " + String(decoding: payload, as: UTF8.self)
        case 0x88:
            return "close " + (payload.count < 2 ? "none" : "\(Int(payload[0]) << 8 | Int(payload[1]))")
        case 0x89: return "ping"
        case 0x8a: return "pong " + String(decoding: payload, as: UTF8.self)
        default: return "frame \(head[0])"
        }
    }
}

package struct SocketError: Error {
    package var code: Int32
}
