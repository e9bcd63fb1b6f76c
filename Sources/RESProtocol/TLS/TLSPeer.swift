package import NIOSSL

/// What a handshake has told of the other side.
package struct TLSPeer: Sendable, Hashable {
    /// The version that is spoken, `1.2` or `1.3`.
    package var version: String
    /// The other side's certificate; nil when it has shown none.
    package var certificate: Certificate?

    /// What a certificate says.
    package struct Certificate: Sendable, Hashable {
        /// Addresses, host names and URIs of the subject alternative name.
        package var emails: [String] = []
        package var hostNames: [String] = []
        package var uris: [String] = []
        /// The subject as Go writes it, `CN=name,O=organisation`; empty without one.
        package var subject = ""
        /// The subject's parts from the most special to the most general, as RFC 4514 has them.
        package var distinguishedName = ""
        /// The SHA-256 digest of the public key (its SubjectPublicKeyInfo in DER) in lower-case hexadecimal.
        package var keyDigest = ""
        /// The SHA-256 digest of the whole certificate in DER, in lower-case hexadecimal.
        package var digest = ""

        package init() {}

        /// The names under which a user may be known, in the order in which they are tried: e-mail addresses, host names,
        /// URIs, then the subject.
        package var userNames: [String] {
            var names = emails + hostNames + uris
            for name in [distinguishedName, subject] where !name.isEmpty && !names.contains(name) {
                names.append(name)
            }
            return names
        }
    }

    package init(version: String, certificate: Certificate? = nil) {
        self.version = version
        self.certificate = certificate
    }

    /// What a handler knows once its handshake is complete.
    package init(_ handler: NIOSSLHandler) {
        version =
            switch handler.tlsVersion {
            case .tlsv1: "1.0"
            case .tlsv11: "1.1"
            case .tlsv12: "1.2"
            case .tlsv13: "1.3"
            case nil: ""
            }
        certificate = handler.peerCertificate.map(Certificate.init)
    }

    /// The alternative names of one kind that a certificate has.
    static func alternativeNames(
        of certificate: NIOSSLCertificate,
        _ kind: _SubjectAlternativeName.NameType
    ) -> [String] {
        certificate._subjectAlternativeNames().filter { $0.nameType == kind }
            .map { String(decoding: $0.contents, as: UTF8.self) }
    }
}

extension TLSPeer.Certificate {
    /// What a certificate says.
    package init(_ certificate: NIOSSLCertificate) {
        emails = TLSPeer.alternativeNames(of: certificate, .email)
        hostNames = TLSPeer.alternativeNames(of: certificate, .dnsName)
        uris = TLSPeer.alternativeNames(of: certificate, .uri)
        let name = certificate.subjectName
        subject = TLSSubject.ordered(name)
        distinguishedName = TLSSubject.reversed(name)
        keyDigest = (try? certificate.extractPublicKey().toSPKIBytes()).map(SHA256.hexadecimal) ?? ""
        digest = (try? certificate.toDERBytes()).map(SHA256.hexadecimal) ?? ""
    }
}
