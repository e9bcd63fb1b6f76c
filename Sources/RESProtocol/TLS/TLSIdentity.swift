import NIOSSL

/// A certificate chain with its key, read and checked.
struct TLSIdentity: Sendable {
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey
    private let names: [String]

    /// Reads both files, and makes sure that they belong together.
    init(_ certificate: TLSSettings.Certificate) throws(TLSError) {
        chain = try TLSFiles.certificates(in: certificate.certificateFile, for: "TLS certificate")
        key = try TLSFiles.key(in: certificate.keyFile)
        names = TLSPeer.alternativeNames(of: chain[0], .dnsName).map { $0.lowercased() }
        var probe = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        probe.certificateVerification = .none
        guard (try? NIOSSLContext(configuration: probe)) != nil else {
            throw TLSError(
                "TLS key \(certificate.keyFile) does not belong to the certificate \(certificate.certificateFile)"
            )
        }
    }

    /// Whether the certificate is for a host, the first label of its names perhaps being `*`.
    func suits(_ host: String) -> Bool {
        let host = host.lowercased()
        let parent = host.firstIndex(of: ".").map { "*" + host[$0...] }
        return names.contains { $0 == host || $0 == parent }
    }
}
