import Foundation
import Testing

@testable import RESProtocol

@Suite(
    "Configuration files that nats-server reads as well",
    .enabled(if: NATSServerProcess.binary != nil, Comment(rawValue: NATSServerProcess.whySkipped))
)
struct ConfigurationOracleTests {
    /// Files that nats-server accepts, and files in which it finds a syntax error.
    private static let files = [
        "port: 4222", "port = 4222", "port 4222", "{port: 4222}", "{\n\"port\": 4222,\n\"host\": \"a\"\n}",
        "port\n4222",
        "port: 4222 host: x", "port: 4222; host: x", "port: 4222, host: x", "port: 4222 # c",
        "port: 4222 // c",
        "port: 4222 / c", "; port: 4222", "= 4222", "x: 4222\nport: $x", "port: $x", "X: 4222\nport: $x",
        "server_name: 'a", "server_name: \"a", "server_name: 'a\\b'", "server_name: \"a\\q\"",
        "server_name: \"a\\x41\"",
        "server_name: \"a\\xzz\"", "server_name: a\\x41b", "server_name: a\\qb", "server_name: a#b",
        "server_name: a b",
        "server_name: a;b", "server_name: (\na\n)\n", "server_name: (\na)\n", "server_name: (\n a\n )\n",
        "server_name: (\na\n)",
        "server_name: 1e5", "server_name: 12x", "server_name: 1.2.3", "server_name: null",
        "max_payload: 1kib",
        "max_payload: 1 kb", "max_payload: 99999999999999999999", "server_tags: [a b]", "server_tags: [a, b]",
        "server_tags: [a\nb]", "server_tags: [a,,b]", "server_tags: [,a]", "server_tags: [a,]",
        "server_tags: [a",
        "server_tags: [a; b]", "server_tags: []", "authorization {user: a, password: b}",
        "authorization {user: a; password: b}",
        "authorization {user: a password: b}", "authorization {user: a,, password: b}",
        "authorization {user: a",
        "authorization\n{\nuser: a\n}", "authorization = {user: a,}", "authorization {user: $u}\nu: x",
        "u: x\nauthorization {user: $u}", "authorization {user: a, password: $2a$11$abc}",
        "port: 4222\r\nhost: x\r\n",
        "po rt: 4222", "'port': 4222", "'port: 4222", "port {\n", "host: 127.0.0.1", "listen: 127.0.0.1:4222",
        "listen: [::1]:4222", "host: é", "logtime: YES", "include 'none.conf'", "include 12", "port: \n4222",
    ]

    @Test("both accept it, or both refuse it", arguments: files)
    func agreement(text: String) throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "oracle-\(UUID().uuidString).conf"
        )
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let server = Process()
        server.executableURL = URL(fileURLWithPath: NATSServerProcess.binary ?? "nats-server")
        server.arguments = ["-t", "-c", file.path]
        server.standardError = FileHandle.nullDevice
        server.standardOutput = FileHandle.nullDevice
        try server.run()
        server.waitUntilExit()
        let surroundings = ConfigurationParser.Surroundings(
            read: { path throws(TextFile.Failure) in try TextFile.read(path, maximumSize: 1000) },
            environment: { ProcessInfo.processInfo.environment[$0] }
        )
        let ours = Result { try ConfigurationParser.parse(text, file: file.path, surroundings: surroundings) }
        #expect(
            (try? ours.get()) != nil ? server.terminationStatus == 0 : server.terminationStatus == 1,
            "\(ours)"
        )
    }
}
