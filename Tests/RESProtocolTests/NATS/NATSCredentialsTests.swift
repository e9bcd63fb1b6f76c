import Foundation
import Testing

@testable import RESProtocol

@Suite(
    "Credentials files with a real nats-server",
    .enabled(if: NATSServerProcess.binary != nil, Comment(rawValue: NATSServerProcess.whySkipped)),
    .timeLimit(.minutes(1))
)
struct NATSCredentialsTests {
    @Test(
        "a .creds file gets the client in, is read again for every connection, and another account's does not"
    )
    func operatorMode() async throws {
        let account = try key(.account)
        let configuration = try operatorConfiguration(for: account)
        let server = try NATSServerProcess(configuration: configuration)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).creds")
        defer { try? FileManager.default.removeItem(at: file) }
        try credentials(signedBy: account).write(to: file, atomically: true, encoding: .utf8)
        let bus = try await BusUnderTest.connect(server.url) {
            $0.authentication = .credentialsFile(path: file.path)
        }
        try await bus.flush()
        try credentials(signedBy: try key(.account)).write(to: file, atomically: true, encoding: .utf8)
        await #expect(
            performing: {
                try await BusUnderTest.connect(server.url) {
                    $0.authentication = .credentialsFile(path: file.path)
                }
            },
            throws: { ($0 as? NATSError)?.code == .authorization }
        )
        server.kill()
        let again = try NATSServerProcess(port: server.port, configuration: configuration)
        guard case .failed? = await bus.states.first(2).last else {
            Issue.record("the changed file was not read again")
            return
        }
        withExtendedLifetime(again) {}
    }

    @Test("a missing file is an error that names it")
    func missing() async throws {
        let server = try NATSServerProcess(configuration: try operatorConfiguration(for: try key(.account)))
        await #expect(
            performing: {
                try await BusUnderTest.connect(server.url) {
                    $0.authentication = .credentialsFile(path: "/no/such.creds")
                }
            },
            throws: { ($0 as? NATSError)?.code == .invalidCredentials && "\($0)".contains("/no/such.creds") }
        )
    }

    private func operatorConfiguration(for account: NKeySeed) throws -> String {
        let `operator` = try key(.operator)
        let operatorText = jwt("operator", about: `operator`.publicKey, signedBy: `operator`, claims: "")
        let limits =
            #","limits":{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1}"#
        let accountText = jwt("account", about: account.publicKey, signedBy: `operator`, claims: limits)
        return
            "operator: \(operatorText)\nresolver: MEMORY\nresolver_preload: { \(account.publicKey): \(accountText) }\n"
    }

    private func credentials(signedBy account: NKeySeed) throws -> String {
        let user = try key(.user)
        let text = jwt(
            "user",
            about: user.publicKey,
            signedBy: account,
            claims: #","subs":-1,"data":-1,"payload":-1"#
        )
        return """
            -----BEGIN NATS USER JWT-----
            \(text)
            ------END NATS USER JWT------

            -----BEGIN USER NKEY SEED-----
            \(user.text)
            ------END USER NKEY SEED------
            """
    }

    private func key(_ role: NKeyRole) throws -> NKeySeed {
        try NKeySeed(role: role, bytes: (0..<32).map { _ in UInt8.random(in: 0...255) })
    }

    private func jwt(_ kind: String, about subject: NKey, signedBy issuer: NKeySeed, claims: String) -> String
    {
        let body = """
            {"jti":"x","iat":1000,"iss":"\(issuer.publicKey)","name":"n","sub":"\(subject)",\
            "nats":{"type":"\(kind)","version":2\(claims)}}
            """
        let parts = [#"{"typ":"JWT","alg":"ed25519-nkey"}"#, body].map { Base64URL.encode(Array($0.utf8)) }
        let text = parts.joined(separator: ".")
        return "\(text).\(Base64URL.encode(issuer.sign(Array(text.utf8))))"
    }
}
