package import NIOCore

/// How to reach a NATS server or cluster, and how patient to be with it.
package struct NATSOptions: Sendable {
    /// Servers to try, in this order; there must be one at least. User and password in an address go before
    /// `authentication`.
    package var servers: [ServerAddress]
    /// Who the client is.
    package var authentication = NATSAuthentication.none
    /// How TLS is spoken with servers that ask for it, or whose address does.
    package var tls = TLSSettings()
    /// Whether TLS begins before the server's INFO, as servers with `handshake_first` want it. It then is required.
    package var startsWithTLS = false
    /// Whether a server without TLS is refused, whatever its address says: a certificate or authorities are set, so TLS is
    /// meant.
    package var requiresTLS = false
    /// Name under which the server's monitoring shows the connection.
    package var name = "resdev"
    /// Version that the server's monitoring shows.
    package var version = "0"
    /// For the TCP connection, and then again for the server to accept the client.
    package var connectTimeout = TimeAmount.seconds(2)
    /// Whether the first connection is tried until it stands, as later ones are, or only once with each
    /// server.
    package var retriesFirstConnection = false
    /// Time between two pings.
    package var pingInterval = TimeAmount.minutes(2)
    /// Pings without an answer after which the connection counts as lost.
    package var maximumPingsOutstanding = 2
    /// When to try again.
    package var reconnect = ReconnectPolicy()
    /// Bytes that may wait to be sent; what would exceed them is not taken.
    package var maximumPendingBytes = 67_108_864
    /// Longest line the server accepts, in bytes: a publish or subscription whose line is longer is not sent.
    package var maximumControlLine = 4096
    /// What the server may ask this client to hold.
    package var parserLimits = NATSParser.Limits()

    package init(servers: [ServerAddress]) {
        self.servers = servers
    }

    /// Options for addresses with commas between them, as in `nats://a:4222,nats://b:4222`.
    package init(urls: String) throws(NATSError) {
        self.init(servers: try ServerAddress.list(urls))
    }
}
