import EmbeddedBroker
import Glibc
import NIOCore
import RESProtocol

/// The file in which a broker tells others at which addresses it listens: `FOLDER/PROGRAM_PID.ports`.
struct PortsFile {
    let path: String

    /// - Parameter program: the name under which the program was called.
    init(folder: String, program: String) {
        path = "\(folder.hasSuffix("/") ? String(folder.dropLast()) : folder)/\(program)_\(getpid()).ports"
    }

    /// Writes where the broker listens.
    func write(_ addresses: BrokerAddresses) throws(StartFailure) {
        try AtomicFile.replace(path, with: PortsFile.text(addresses))
    }

    /// Takes the file away.
    func remove() { unlink(path) }

    /// `{"nats":["nats://127.0.0.1:4222"],"monitoring":[…],"websocket":[…]}`; what there is not has no member.
    static func text(_ addresses: BrokerAddresses) -> String {
        var text = ByteBuffer(string: "{")
        let members = [
            ("nats", addresses.nats), ("monitoring", addresses.monitoring),
            ("websocket", addresses.webSocket),
        ]
        for (name, urls) in members where !urls.isEmpty {
            if text.readableBytes > 1 { text.writeString(",") }
            text.writeJSON(name)
            text.writeString(":[")
            for (index, url) in urls.enumerated() {
                if index > 0 { text.writeString(",") }
                text.writeJSON(url)
            }
            text.writeString("]")
        }
        text.writeString("}")
        return String(buffer: text)
    }
}

/// The URLs at which a broker can be reached.
struct BrokerAddresses: Equatable, Sendable {
    var nats: [String] = []
    var monitoring: [String] = []
    var webSocket: [String] = []

    init() {}

    /// Where a broker that has been started listens.
    init(_ broker: EmbeddedBroker, configuration: BrokerConfiguration) {
        if let port = broker.address?.port {
            nats = [Self.url(configuration.tls == nil ? "nats" : "tls", configuration.host, port)]
        }
        let host = configuration.monitoring.host ?? configuration.host
        if let port = broker.monitoringAddress?.port { monitoring.append(Self.url("http", host, port)) }
        if let port = broker.secureMonitoringAddress?.port {
            monitoring.append(Self.url("https", host, port))
        }
        if let port = broker.webSocketAddress?.port, let settings = configuration.webSocket {
            let scheme = settings.tls == nil ? "ws" : "wss"
            webSocket = [Self.url(scheme, settings.host ?? configuration.host, port)]
        }
    }

    private static func url(_ scheme: String, _ host: String, _ port: Int) -> String {
        "\(scheme)://\(HostPort(host, port))"
    }
}

/// A host and a port as they are written together.
struct HostPort: CustomStringConvertible {
    let description: String

    init(_ host: String, _ port: Int) {
        description = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
