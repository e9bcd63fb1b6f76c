import NIOCore
import RESProtocol
import Testing

@testable import Gateway

@Suite("A gateway's settings in a configuration file")
struct ConfigurationReadingTests {
    private func read(_ text: String, ignoresOthers: Bool = false) throws -> GatewayConfiguration {
        let surroundings = ConfigurationParser.Surroundings(
            read: { path throws(TextFile.Failure) in try TextFile.read(path, maximumSize: 0) },
            environment: { _ in nil }
        )
        let map = try ConfigurationParser.parse(text, file: "g.conf", surroundings: surroundings)
        let start = ConfigurationPosition(file: "g.conf", line: 1, column: 1)
        return try GatewayConfiguration(
            reading: ConfigurationValue(.map(map), at: start),
            ignoresOthers: ignoresOthers
        )
    }

    @Test("Resgate's JSON is read as it is, whatever the case of its members")
    func json() throws {
        let read = try read(
            #"""
            {
                "natsUrl": "nats://x", "addr": "::1", "Port": 9090, "metricsPort": 9091, "wsPath": "/ws",
                "apiPath": "/rest", "requestTimeout": 5, "headerAuth": "auth.service.login", "wsHeaderAuth": null,
                "apiEncoding": "jsonFlat", "putMethod": "put", "deleteMethod": null, "PATCHMETHOD": "set",
                "wsCompression": true, "resetThrottle": 32, "referenceThrottle": 0, "tls": true,
                "certFile": "a.pem", "keyFile": "b.pem", "allowOrigin": "https://a.com;https://b.com", "debug": true
            }
            """#,
            ignoresOthers: true
        )
        #expect((read.addr, read.port, read.metricsPort) == ("::1", 9090, 9091))
        #expect((read.wsPath, read.apiPath, read.apiEncoding) == ("/ws", "/rest", .jsonFlat))
        #expect(read.requestTimeout == .seconds(5))
        #expect(read.headerAuth == AuthenticationMethod("auth.service.login"))
        #expect(read.wsHeaderAuth == nil)
        #expect((read.putMethod, read.deleteMethod, read.patchMethod) == ("put", nil, "set"))
        #expect((read.wsCompression, read.tls) == (true, true))
        #expect((read.certFile, read.keyFile) == ("a.pem", "b.pem"))
        #expect((read.resetThrottle, read.referenceThrottle) == (32, nil))
        #expect(read.allowOrigin == "https://a.com;https://b.com")
    }

    @Test(
        "times are milliseconds, seconds up to 10, or have a unit",
        arguments: [
            ("11", 11_000_000), ("10", 10_000_000_000), ("3000", 3_000_000_000), ("\"250ms\"", 250_000_000),
            ("\"1m\"", 60_000_000_000), ("0", 3_000_000_000), ("86400000", 86_400_000_000_000),
        ]
    )
    func timeout(text: String, nanoseconds: Int64) throws {
        #expect(try read("requestTimeout: \(text)").requestTimeout == .nanoseconds(nanoseconds))
    }

    @Test("origins may stand in an array")
    func origins() throws {
        #expect(
            try read(#"allowOrigin: ["https://a.com", "http://b.com:81"]"#).allowOrigin
                == "https://a.com;http://b.com:81"
        )
    }

    @Test(
        "what is wrong is told with its place",
        arguments: [
            ("port: 65536", "g.conf:1:7", "65535"), ("port: \"x\"", "g.conf:1:7", "whole number"),
            ("tls: 5", "g.conf:1:6", "true or false"), ("headerAuth: \"login\"", "g.conf:1:13", "method"),
            ("putMethod: \"a.b\"", "g.conf:1:12", "method"), ("apiEncoding: xml", "g.conf:1:14", "jsonflat"),
            ("allowOrigin: \"\"", "g.conf:1:14", "empty"), ("resetThrottle: -1", "g.conf:1:16", "from 0"),
            ("requestTimeout: 86400001", "g.conf:1:17", "86400000"),
            ("requestTimeout: \"-1s\"", "g.conf:1:17", "above"),
            ("port: 8080\nmetricsPort: 8080", "g.conf:2:14", "another"),
            ("ports: 1", "g.conf:1:1", "\"port\""),
            ("wsPath: ws", "g.conf:1:9", "slash"),
        ]
    )
    func mistakes(text: String, place: String, part: String) {
        let error = #expect(throws: ConfigurationError.self) { try read(text) }
        #expect(error.map { "\($0.position)" } == place)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }
}
