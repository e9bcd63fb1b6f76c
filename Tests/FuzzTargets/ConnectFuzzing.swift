import NIOCore
import RESProtocol

@testable import EmbeddedBroker

extension FuzzTarget {
    /// The object of a CONNECT, to brokers with each kind of credentials: who is let in has named the right ones.
    static let connect = FuzzTarget(name: "connect") { input in
        for (kind, text) in settings {
            let broker = FuzzBroker(authentication: authentication(text))
            let client = broker.connect()
            client.send(
                Array("CONNECT ".utf8) + input.filter { $0 != 0x0a && $0 != 0x0d }
                    + Array("\r\nPING\r\n".utf8)
            )
            let isIn = client.session.hasConnected && !client.session.isClosed
            guard isIn else { continue }
            let named = client.session.options
            switch kind {
            case "none": break
            case "user":
                precondition(named.user == "ann" && named.password == "secret", "let in without a password")
            case "token": precondition(named.token == "secret", "let in without a token")
            default: preconditionFailure("let in by a key that nobody has")
            }
        }
    }

    private static let settings = [
        ("none", ""),
        ("user", "authorization { user: ann, password: secret }"),
        ("token", "authorization { token: secret }"),
        (
            "nkey",
            "authorization { users: [{nkey: UCK5N7N66OBOINFXAYC2ACJQYFSOD4VYNU6APEJTAVFZB2SVHLKGEW7L}] }"
        ),
    ]

    private static func authentication(_ text: String) -> Authentication {
        guard let configuration = try? FuzzConfiguration.broker(text) else {
            preconditionFailure("the target's own configuration is wrong: \(text)")
        }
        return Authentication(configuration)
    }
}

extension FuzzTarget {
    /// Header blocks, which nobody checks on their way: whatever stands in one, a field that is set is found in it, once.
    static let headers = FuzzTarget(name: "headers") { input in
        let block = MessageHeaders(block: ByteBuffer(bytes: input))
        _ = (block.status, block["Nats-Subject"], block[""])
        let changed = MessageHeaders(
            block: ByteBuffer(bytes: MessageHeaders.setting("Nats-Request-Info", to: "{}", in: input))
        )
        precondition(changed["Nats-Request-Info"].contains("{}"), "a field that was set is not there")
        let again = MessageHeaders.setting(
            "nats-request-info",
            to: "[]",
            in: Array(changed.block.readableBytesView)
        )
        let fields = MessageHeaders(block: ByteBuffer(bytes: again))
        precondition(fields["Nats-Request-Info"].isEmpty, "a field that was replaced is there still")
        precondition(fields["nats-request-info"] == ["[]"], "a field that was replaced is not there")
    }
}
