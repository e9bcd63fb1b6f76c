import Glibc
import NIOCore

/// Why a broker could not start.
public struct BrokerStartError: Error, Sendable, CustomStringConvertible {
    /// What the broker wanted to listen for.
    public enum Listener: Sendable, Equatable {
        case clients, webSockets, monitoring
    }

    /// Which listener could not be opened.
    public let listener: Listener
    /// Where it should have been opened, as `127.0.0.1:4222`.
    public let place: String
    /// Why it could not.
    public let reason: String
    /// What was tried, as Go says it.
    private let attempt: String

    init(_ listener: Listener, host: String, port: Int, _ error: any Error) {
        self.listener = listener
        place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let isUnknown = BrokerStartError.isAboutAddress(error)
        attempt = isUnknown ? "listen tcp" : "listen tcp \(place)"
        if isUnknown {
            reason = "lookup \(host): no such host"
        } else if let error = error as? IOError, let text = strerror(error.errnoCode) {
            let text = String(cString: text)
            reason = "bind: " + text.prefix(1).lowercased() + text.dropFirst()
        } else {
            reason = "\(error)"
        }
    }

    /// Whether an error says that a host's name has no address.
    static func isAboutAddress(_ error: any Error) -> Bool {
        error is SocketAddressError || error is SocketAddressError.UnknownHost
    }

    /// The whole sentence, as nats-server logs it.
    public var description: String {
        switch listener {
        case .webSockets: "Unable to listen for websocket connections: \(attempt): \(reason)"
        case .clients: "Error listening on port: \(place), \"\(attempt): \(reason)\""
        case .monitoring: "Can't listen to the monitor port: \(attempt): \(reason)"
        }
    }
}
