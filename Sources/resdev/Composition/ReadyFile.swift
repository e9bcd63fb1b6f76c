import Glibc
import NIOCore
import RESProtocol

/// The file that tells others where the server listens, once it accepts connections everywhere.
struct ReadyFile {
    let path: String

    /// Takes away what an earlier run may have left.
    func remove() {
        unlink(path)
    }

    /// Writes `{"http": …, "ws": …, "nats": …}`; a role that does not run has no member.
    func write(_ addresses: ServerAddresses) throws(StartFailure) {
        try AtomicFile.replace(path, with: ReadyFile.text(addresses))
    }

    static func text(_ addresses: ServerAddresses) -> String {
        let members = [
            ("http", addresses.http), ("ws", addresses.webSocket), ("nats", addresses.nats),
            ("metrics", addresses.metrics),
        ]
        var text = ByteBuffer(string: "{")
        for case (let name, let address?) in members {
            if text.readableBytes > 1 { text.writeString(", ") }
            text.writeJSON(name)
            text.writeString(": ")
            text.writeJSON(address)
        }
        text.writeString("}\n")
        return String(buffer: text)
    }
}

/// Where the roles of one process can be reached.
struct ServerAddresses: Equatable, Sendable {
    /// `http://127.0.0.1:8080`, where a gateway runs.
    var http: String?
    /// `ws://127.0.0.1:8080/`, where a gateway runs.
    var webSocket: String?
    /// `nats://127.0.0.1:4222`: the embedded broker, where it runs.
    var nats: String?
    /// `http://127.0.0.1:8090/metrics`, where a gateway has a port for them.
    var metrics: String?
}
