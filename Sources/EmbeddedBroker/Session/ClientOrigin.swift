import RESProtocol

/// What is known of a client before it says a word: where it comes from, and what its transport found out.
struct ClientOrigin: Equatable, Sendable {
    /// How a client is connected, in the words of JWTs and configurations.
    enum Transport: String, Sendable {
        case tcp = "STANDARD"
        case webSocket = "WEBSOCKET"
    }

    /// The IP address; empty when there is none.
    var address = ""
    /// The port; zero when there is none.
    var port = 0
    var transport = Transport.tcp
    /// Whether what it says is encrypted.
    var isEncrypted = false
    /// The version of TLS, as `1.3`; empty without TLS, and where an HTTP server in front speaks it.
    var tlsVersion = ""
    /// The cipher suite by its registered name; empty as `tlsVersion` is.
    var tlsCipherSuite = ""
    /// Names in the certificate it was verified by, the most telling first: e-mail addresses, DNS names, URIs, and
    /// the subject as RFC 2253 writes it. Empty without one.
    var certificateNames: [String] = []
    /// What cookies of a WebSocket request hold, for what CONNECT leaves out.
    var cookies = Credentials()

    /// Takes over what a TLS handshake has told.
    mutating func take(_ peer: TLSPeer) {
        isEncrypted = true
        tlsVersion = peer.version
        tlsCipherSuite = peer.cipherSuite
        certificateNames = peer.certificate?.userNames ?? []
    }

    /// Credentials that did not come in CONNECT.
    struct Credentials: Equatable, Sendable {
        var jwt: String?
        var user: String?
        var password: String?
        var token: String?
    }
}
