import NIOSSL
import Testing

@testable import RESProtocol

/// The NATS client over TLS, against a real nats-server.
@Suite(
    "NATS client over TLS",
    .enabled(if: NATSServerProcess.binary != nil, "\(NATSServerProcess.whySkipped)")
)
struct NATSTLSTests {
    private let certificates: TestCertificates

    init() throws {
        certificates = try TestCertificates.shared.get()
    }

    private func server(_ certificate: String = "server", _ more: String = "") throws -> NATSServerProcess {
        try NATSServerProcess(
            configuration: """
                tls {
                  cert_file: "\(certificates.certificate(certificate))"
                  key_file: "\(certificates.key(certificate))"
                  \(more)
                }
                """
        )
    }

    private func connect(
        _ url: String,
        authority: Bool = true,
        client: String? = nil,
        _ configure: @escaping @Sendable (inout NATSOptions) -> Void = { _ in }
    ) async throws -> BusUnderTest {
        let certificates = certificates
        return try await BusUnderTest.connect(url) { options in
            if authority { options.tls.authorityFiles = [certificates.authority] }
            if let client {
                options.tls.certificates = [
                    .init(
                        certificateFile: certificates.certificate(client),
                        keyFile: certificates.key(client)
                    )
                ]
            }
            configure(&options)
        }
    }

    private func use(_ bus: BusUnderTest) async throws {
        try await bus.flush()
        try await bus.close()
    }

    @Test("TLS begins after INFO, whether the address or the server asks for it")
    func afterInfo() async throws {
        let server = try server()
        for scheme in ["tls", "nats"] {
            for host in ["localhost", "127.0.0.1"] {
                try await use(try await connect("\(scheme)://\(host):\(server.port)"))
            }
        }
    }

    @Test("TLS begins before INFO where the server wants it so")
    func first() async throws {
        let server = try server("server", "handshake_first: true")
        try await use(try await connect("tls://localhost:\(server.port)") { $0.startsWithTLS = true })
    }

    @Test("a certificate of the client opens a server that verifies it")
    func clientCertificate() async throws {
        let server = try server("server", "ca_file: \"\(certificates.authority)\"\nverify: true")
        try await use(try await connect("tls://localhost:\(server.port)", client: "client"))
        await #expect(throws: NATSError.self) { try await connect("tls://localhost:\(server.port)") }
    }

    @Test("a server that cannot be trusted hears nothing, and the error says why")
    func untrusted() async throws {
        let server = try server()
        let elsewhere = try self.server("elsewhere")
        let plain = try NATSServerProcess()
        let cases: [(url: String, knowsAuthority: Bool, code: NATSError.Code, words: String)] = [
            ("tls://localhost:\(server.port)", false, .tlsFailed, "authority that is trusted"),
            ("tls://localhost:\(elsewhere.port)", true, .tlsFailed, "for another host"),
            ("tls://127.0.0.1:\(elsewhere.port)", true, .tlsFailed, "for another host"),
            ("tls://localhost:\(plain.port)", true, .tlsUnavailable, "does not offer TLS"),
        ]
        for (url, knowsAuthority, code, words) in cases {
            await #expect(
                performing: { try await connect(url, authority: knowsAuthority) },
                throws: { error in
                    let error = error as? NATSError
                    return error?.code == code && error?.message.contains(words) == true
                }
            )
        }
    }

    @Test("a client that does not verify takes any server")
    func insecure() async throws {
        let server = try server("elsewhere")
        try await use(
            try await connect("tls://localhost:\(server.port)", authority: false) {
                $0.tls.verifiesPeer = false
            }
        )
    }

    @Test("files that cannot be used are named, with the cause")
    func files() throws {
        let certificate = certificates.certificate("server")
        let cases: [(settings: TLSSettings, words: [String])] = [
            (
                TLSSettings(certificateFile: "/nowhere.pem", keyFile: certificates.key("server")),
                ["/nowhere.pem", "No such file"]
            ),
            (TLSSettings(certificateFile: certificate, keyFile: certificate), [certificate, "private key"]),
            (
                TLSSettings(certificateFile: certificates.key("server"), keyFile: certificates.key("server")),
                [certificates.key("server"), "certificate"]
            ),
            (
                TLSSettings(certificateFile: certificate, keyFile: certificates.key("client")),
                [certificates.key("client"), certificate, "does not belong"]
            ),
            (TLSSettings(), ["none is named"]),
        ]
        for (settings, words) in cases {
            let error = #expect(throws: TLSError.self) { try TLSContexts.server(settings) }
            #expect(words.allSatisfy { error?.message.contains($0) == true }, "\(error?.message ?? "")")
        }
        var settings = TLSSettings(certificateFile: certificate, keyFile: certificates.key("server"))
        settings.cipherSuites = ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"]
        settings.curves = ["X25519", "CurveP256"]
        _ = try TLSContexts.server(settings)
        settings.cipherSuites = ["TLS_NULL"]
        #expect(throws: TLSError.self) { try TLSContexts.server(settings) }
    }

    @Test("a certificate's names are read in the order in which users are looked for")
    func names() throws {
        let certificate = try #require(
            try NIOSSLCertificate.fromPEMFile(certificates.certificate("client")).first
        )
        let peer = TLSPeer.Certificate(certificate)
        #expect(
            peer.userNames == [
                "ann@example.com", "ann.example.com", "spiffe://ann", "CN=Ann\\, Smith,OU=Unit,O=Org,C=SE",
            ]
        )
        #expect(peer.keyDigest.utf8.count == 64)
    }
}
