import NIOCore
package import NIOSSL

/// Makes NIOSSL's contexts from settings: the one place that reads certificates and keys for TLS.
package enum TLSContexts {
    /// How long an orderly end of TLS may take before the connection is cut.
    private static let shutdownSeconds: Int64 = 1

    /// A context for a server's connections. Reads files, so it blocks.
    ///
    /// - Throws: a `TLSError` that names the file or setting that is wrong.
    package static func server(_ settings: TLSSettings) throws(TLSError) -> NIOSSLContext {
        guard !settings.certificates.isEmpty else {
            throw TLSError("TLS needs a certificate and a key, and none is named")
        }
        var identities: [TLSIdentity] = []
        for certificate in settings.certificates { identities.append(try TLSIdentity(certificate)) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: identities[0].chain.map { .certificate($0) },
            privateKey: .privateKey(identities[0].key)
        )
        try apply(settings, to: &configuration)
        // A client's host name says nothing of who it is.
        configuration.certificateVerification = settings.verifiesPeer ? .noHostnameVerification : .none
        configuration.sendCANameList = settings.verifiesPeer
        if identities.count > 1 {
            configuration.sslContextCallback = { [identities] values, promise in
                let named = values.serverHostname.flatMap { name in identities.first { $0.suits(name) } }
                promise.succeed(named.map(TLSContexts.override) ?? .noChanges)
            }
        }
        return try context(configuration)
    }

    /// A context for a client's connections. Reads files, so it blocks.
    ///
    /// - Throws: a `TLSError` that names the file or setting that is wrong.
    package static func client(_ settings: TLSSettings) throws(TLSError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        try apply(settings, to: &configuration)
        configuration.certificateVerification = settings.verifiesPeer ? .fullVerification : .none
        if let certificate = settings.certificates.first {
            let identity = try TLSIdentity(certificate)
            configuration.certificateChain = identity.chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(identity.key)
        }
        return try context(configuration)
    }

    private static func override(_ identity: TLSIdentity) -> NIOSSLContextConfigurationOverride {
        var change = NIOSSLContextConfigurationOverride()
        change.certificateChain = identity.chain.map { .certificate($0) }
        change.privateKey = .privateKey(identity.key)
        return change
    }

    private static func apply(
        _ settings: TLSSettings,
        to configuration: inout TLSConfiguration
    ) throws(TLSError) {
        configuration.minimumTLSVersion = settings.minimumVersion == .tls13 ? .tlsv13 : .tlsv12
        configuration.shutdownTimeout = .seconds(shutdownSeconds)
        if !settings.authorityFiles.isEmpty {
            var authorities: [NIOSSLCertificate] = []
            for file in settings.authorityFiles {
                authorities += try TLSFiles.certificates(in: file, for: "TLS authorities")
            }
            configuration.trustRoots = .certificates(authorities)
        }
        let suites = settings.cipherSuites.filter { !TLSNames.fixedCipherSuites.contains($0) }
        if !suites.isEmpty {
            configuration.cipherSuiteValues = try suites.map { name throws(TLSError) in
                if let suite = TLSNames.cipherSuites[name] { return suite }
                throw TLSError(unknown("cipher suite", name, among: Array(TLSNames.cipherSuites.keys)))
            }
        }
        if !settings.curves.isEmpty {
            configuration.curves = try settings.curves.map { name throws(TLSError) in
                if let curve = TLSNames.curves[name.lowercased()] { return curve }
                throw TLSError(
                    unknown("curve", name, among: ["X25519", "CurveP256", "CurveP384", "CurveP521"])
                )
            }
        }
    }

    private static func unknown(_ kind: String, _ name: String, among known: [String]) -> String {
        "TLS knows no \(kind) '\(name)'; there are \(known.sorted().joined(separator: ", "))"
    }

    private static func context(
        _ configuration: TLSConfiguration
    ) throws(TLSError) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw TLSError("TLS cannot be set up as it is configured: \(error)")
        }
    }
}
