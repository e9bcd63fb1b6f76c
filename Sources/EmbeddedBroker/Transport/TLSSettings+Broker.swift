import NIOCore
package import RESProtocol

extension TLSSettings {
    /// The settings of a broker's `tls` block.
    package init(_ tls: BrokerTLS) {
        self.init()
        certificates = tls.certificates.map {
            Certificate(certificateFile: $0.certificateFile, keyFile: $0.keyFile)
        }
        authorityFiles = tls.authorityFile.map { [$0] } ?? []
        verifiesPeer = tls.verifiesClients || tls.mapsCertificates
        minimumVersion = tls.minimumVersion == .tls13 ? .tls13 : .tls12
        cipherSuites = tls.cipherSuites
        curves = tls.curves
    }
}

extension TLSListener {
    /// The TLS of the clients' TCP listener.
    ///
    /// - Throws: a `TLSError` that names the file that is wrong.
    convenience init(_ tls: BrokerTLS, allowsPlaintext: Bool) throws(TLSError) {
        let opening: Opening =
            switch tls.handshakeFirst {
            case .always: .first
            case .within(let time): .firstWithin(.nanoseconds(time.nanoseconds))
            case .never: allowsPlaintext ? .optional : .afterGreeting
            }
        self.init(
            context: try TLSContexts.server(TLSSettings(tls)),
            opening: opening,
            timeout: .nanoseconds(tls.timeout.nanoseconds)
        )
        pinnedKeys = tls.pinnedCertificates
        maximumPerSecond = tls.maximumHandshakesPerSecond
        throttleAnswer = ByteBuffer(
            string: "-ERR 'Connection throttling is active. Please try again later.'\r\n"
        )
    }
}
