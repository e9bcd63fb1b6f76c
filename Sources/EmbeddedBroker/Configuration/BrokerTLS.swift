/// How a listener speaks TLS (the `tls` block). Names of files are as they were written.
public struct BrokerTLS: Sendable, Equatable {
    /// A certificate chain and its key, in PEM.
    public struct Certificate: Sendable, Equatable {
        /// The file with the certificate, and those between it and its authority.
        public var certificateFile: String
        /// The file with the private key.
        public var keyFile: String

        /// A certificate of two files.
        public init(certificateFile: String, keyFile: String) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    /// Whether TLS begins before INFO is sent.
    public enum HandshakeFirst: Sendable, Equatable {
        /// INFO comes first, in the clear.
        case never
        /// The server waits for the client to begin.
        case always
        /// The server waits that long for the client to begin, then sends INFO in the clear.
        case within(Duration)
    }

    /// The oldest version of TLS that is spoken.
    public enum Version: String, Sendable, Equatable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// What the server shows; the first that suits the client. Never empty once read from a file.
    public var certificates: [Certificate] = []
    /// Whose certificates clients must have, in PEM; nil for the system's authorities.
    public var authorityFile: String?
    /// Whether clients must have a certificate (`verify`).
    public var verifiesClients = false
    /// Whether a client's certificate says which user it is (`verify_and_map`); it then must have one.
    public var mapsCertificates = false
    /// Names of cipher suites as Go has them, such as `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`; empty for the defaults.
    public var cipherSuites: [String] = []
    /// Whether `cipherSuites` may name suites that count as weak.
    public var allowsWeakCipherSuites = false
    /// Names of curves as Go has them, such as `X25519` and `CurveP256`; empty for the defaults.
    public var curves: [String] = []
    /// How long a handshake may take.
    public var timeout: Duration = .seconds(2)
    /// SHA-256 digests of certificates' public keys (DER, SPKI) that clients may have, in lower-case hexadecimal; empty for any.
    public var pinnedCertificates: Set<String> = []
    /// Handshakes that may begin in a second; nil for any number.
    public var maximumHandshakesPerSecond: Int?
    /// Whether TLS begins before INFO.
    public var handshakeFirst = HandshakeFirst.never
    /// The oldest version that is spoken.
    public var minimumVersion = Version.tls12

    /// No certificates yet.
    public init() {}
}
