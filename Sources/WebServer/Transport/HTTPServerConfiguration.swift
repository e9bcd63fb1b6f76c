package import RESProtocol

package import struct NIOCore.TimeAmount

/// Where a server listens, and its limits.
package struct HTTPServerConfiguration: Sendable {
    /// Address to listen on; an IP address.
    package var host: String
    /// Port to listen on; 0 takes a free one.
    package var port: Int
    /// Limits on requests.
    package var http = HTTPLimits()
    /// Limits on WebSocket messages.
    package var webSocket = WebSocketLimits()
    /// TLS for all connections; nil for none.
    package var tls: TLSSettings?
    /// How WebSocket messages are compressed with clients that offer it; nil for not at all.
    package var compression: CompressionOptions?

    /// Bytes that may wait for one WebSocket client to read; one for which more would wait is dropped. A
    /// single message may be larger.
    package var maximumPendingBytes = 16 << 20
    /// Clients connected at one time; more are turned away with 503.
    package var maximumConnections = 1 << 20
    /// Time in which a TLS handshake has to be complete.
    package var handshakeTimeout: TimeAmount = .seconds(10)
    /// Time in which a request's head has to arrive.
    package var headTimeout: TimeAmount = .seconds(10)
    /// Time in which a request's body has to arrive once its head has.
    package var bodyTimeout: TimeAmount = .seconds(60)
    /// Time that a connection may stay open between requests.
    package var idleTimeout: TimeAmount = .seconds(120)
    /// Time in which a client has to take something of what is pending.
    package var writeTimeout: TimeAmount = .seconds(30)
    /// Time that a client has to answer a close frame or to close its side.
    package var closeTimeout: TimeAmount = .seconds(2)
    /// Time between pings to each WebSocket client; nil for none.
    package var pingInterval: TimeAmount?
    /// Time that `stop` may take.
    package var stopTimeout: TimeAmount = .milliseconds(800)

    package init(host: String = "127.0.0.1", port: Int = 0) {
        self.host = host
        self.port = port
    }
}
