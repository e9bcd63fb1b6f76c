import Glibc
import NIOCore

/// A client of a listener on this machine that blocks, for transcripts.
/// Used by one task at a time.
final class SocketClient: @unchecked Sendable {
    private let descriptor: Int32
    private(set) var received: [UInt8] = []

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(_ address: SocketAddress?, receiveBuffer: Int32? = nil) throws {
        guard let port = address?.port else { throw Failure(description: "no address to connect to") }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(port).bigEndian
        name.sin_addr.s_addr = inet_addr("127.0.0.1")
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard result == 0 else { throw Failure(description: "connect failed: \(errno)") }
    }

    deinit { Glibc.close(descriptor) }

    /// Sends everything; false when the other side is gone.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Reads until what was received ends like this, and takes it all.
    ///
    /// - Parameter other: another end that will do, as where the broker's own PING may follow.
    func read(until end: String, or other: String? = nil) throws -> String {
        let ends = [end, other].compactMap { $0.map { Array($0.utf8) } }
        while !ends.contains(where: { received.suffix($0.count).elementsEqual($0) }) {
            guard try readMore() else {
                throw Failure(description: "closed after \(String(decoding: received, as: UTF8.self))")
            }
        }
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    /// Reads that many bytes at least.
    func read(count: Int) throws {
        while received.count < count {
            guard try readMore() else { throw Failure(description: "closed after \(received.count) bytes") }
        }
    }

    /// Reads until the other side closes, and takes it all.
    func readToEnd() throws -> String {
        while try readMore() {}
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    private func readMore() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count < 0, errno == EAGAIN { throw Failure(description: "nothing came in twenty seconds") }
        if count > 0 { received += chunk.prefix(count) }
        return count > 0
    }
}
