import NIOCore

/// A client's address and port, written out only for who reads it.
package struct PeerAddress: Sendable {
    private let address: SocketAddress?

    init(_ address: SocketAddress?) {
        self.address = address
    }

    /// As `127.0.0.1:50312` or `[::1]:50312`; empty where there is none.
    package var text: String {
        guard let address, let host = address.ipAddress, let port = address.port else { return "" }
        return host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
