/// How one side of a connection speaks TLS, in plain values: what configuration files and command lines say.
package struct TLSSettings: Sendable, Hashable {
    /// A certificate chain and its private key, as PEM files.
    package struct Certificate: Sendable, Hashable {
        package var certificateFile: String
        package var keyFile: String

        package init(certificateFile: String, keyFile: String) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    /// The oldest version that is spoken.
    package enum Version: String, Sendable, Hashable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// What this side shows; a server has one at least. Of several the one is shown whose names suit the name that the
    /// client asks for, else the first.
    package var certificates: [Certificate] = []
    /// PEM files with the authorities that the other side's certificate must come from; empty for the system's.
    package var authorityFiles: [String] = []
    /// Whether the other side must show a certificate that an authority vouches for. A client that does not verify
    /// takes any server for the one it wants.
    package var verifiesPeer = true
    package var minimumVersion = Version.tls12
    /// Cipher suites for TLS 1.2 by their registered names, as `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`; empty for the
    /// defaults. Those of TLS 1.3 are not for choice.
    package var cipherSuites: [String] = []
    /// Curves by Go's or the registered names, as `X25519` or `CurveP256`; empty for the defaults.
    package var curves: [String] = []

    package init() {}

    /// A server that shows one certificate and asks clients for none.
    package init(certificateFile: String, keyFile: String) {
        certificates = [Certificate(certificateFile: certificateFile, keyFile: keyFile)]
        verifiesPeer = false
    }
}
