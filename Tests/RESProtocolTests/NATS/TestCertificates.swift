import Foundation

/// Certificates made with the openssl command for one test run.
struct TestCertificates: Sendable {
    let folder: String

    /// Made once, when the first test asks.
    static let shared = Result { try TestCertificates() }

    /// The authority that has signed the others.
    var authority: String { folder + "/ca.pem" }

    private init() throws {
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=test authority",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem"
        )
        try issue("server", subject: "/CN=server", names: "DNS:localhost,IP:127.0.0.1")
        try issue("elsewhere", subject: "/CN=elsewhere", names: "DNS:elsewhere.example")
        try issue(
            "client",
            subject: "/C=SE/O=Org+OU=Unit/CN=Ann, Smith",
            names: "email:ann@example.com,DNS:ann.example.com,URI:spiffe://ann"
        )
    }

    func certificate(_ name: String) -> String { "\(folder)/\(name).pem" }
    func key(_ name: String) -> String { "\(folder)/\(name).key" }

    private func issue(_ name: String, subject: String, names: String) throws {
        try "subjectAltName=\(names)".write(
            toFile: "\(folder)/\(name).ext",
            atomically: true,
            encoding: .utf8
        )
        try openssl(
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            subject,
            "-keyout",
            "\(name).key",
            "-out",
            "\(name).csr"
        )
        try openssl(
            "x509",
            "-req",
            "-in",
            "\(name).csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "\(name).ext",
            "-out",
            "\(name).pem"
        )
    }

    private func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
