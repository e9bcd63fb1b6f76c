package import NIOCore

/// Why a broker does not take another configuration: it would have to be started anew for it. Nothing has changed.
public struct BrokerReloadError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The key of the configuration file.
    public let key: String
    /// What it is, and what it should become.
    public let change: String

    /// The whole sentence, as nats-server logs it.
    public var description: String { "config reload not supported for \(key): \(change)" }
}

extension EmbeddedBroker {
    /// Takes another configuration while clients are connected. From any thread.
    ///
    /// Clients whose user is gone, or has other credentials, are disconnected; subscriptions that a user may no longer have
    /// end with an error; everything else goes on.
    /// - Returns: fails with `BrokerReloadError` when something differs that only a start can change.
    package func reload(_ configuration: BrokerConfiguration) -> EventLoopFuture<Void> {
        eventLoop.flatSubmit { [self] in
            if let error = self.configuration.obstacle(to: configuration) {
                return eventLoop.makeFailedFuture(error)
            }
            take(configuration)
            return eventLoop.makeSucceededVoidFuture()
        }
    }
}

extension BrokerConfiguration {
    /// What keeps a running broker from taking another configuration; nil when nothing does.
    func obstacle(to new: BrokerConfiguration) -> BrokerReloadError? {
        func differs(_ key: String, _ old: (some Equatable)?, _ new: (some Equatable)?) -> BrokerReloadError?
        {
            guard "\(old.map { "\($0)" } ?? "none")" != "\(new.map { "\($0)" } ?? "none")" else { return nil }
            let change = "old=\(old.map { "\($0)" } ?? "none"), new=\(new.map { "\($0)" } ?? "none")"
            return BrokerReloadError(key: key, change: change)
        }
        return differs("host", host, new.host) ?? differs("port", port, new.port)
            ?? differs("server_name", serverName, new.serverName)
            ?? differs("http_port", monitoring.port, new.monitoring.port)
            ?? differs("https_port", monitoring.securePort, new.monitoring.securePort)
            ?? differs("websocket port", webSocket?.port, new.webSocket?.port)
            ?? differs("websocket host", webSocket?.host, new.webSocket?.host)
            ?? differs("system_account", access.systemAccount, new.access.systemAccount)
    }
}
