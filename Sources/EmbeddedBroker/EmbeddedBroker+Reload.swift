import Logging
package import NIOCore
import NIOPosix

/// Why a broker does not take another configuration: it would have to be started anew for it. Nothing has changed.
public struct BrokerReloadError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The setting, as nats-server calls it.
    public let key: String
    /// What it is, and what it should become.
    public let change: String

    /// The whole sentence, as nats-server logs it.
    public var description: String { "config reload not supported for \(key): \(change)" }
}

extension EmbeddedBroker {
    /// Lets the system account's users have the configuration read anew (`$SYS.REQ.SERVER.ID.RELOAD`). On the broker's
    /// loop, or before it is started.
    ///
    /// - Parameter reload: reads it and reloads; called on a thread where it may block. Gives what keeps it from that.
    package func allowReload(_ reload: @escaping @Sendable () -> String?) {
        let eventLoop = eventLoop
        core.reload = { completion in
            NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop, reload).assumeIsolated()
                .whenComplete { completion(try? $0.get()) }
        }
    }

    /// Takes another configuration while clients are connected. From any thread.
    ///
    /// Clients whose user is gone, or has other credentials, are disconnected; subscriptions that a user may no longer have
    /// end with an error; everything else goes on.
    /// - Returns: fails with `BrokerReloadError` when something differs that only a start can change.
    package func reload(_ configuration: BrokerConfiguration) -> EventLoopFuture<Void> {
        eventLoop.flatSubmit { [self] in
            do {
                try reloadNow(configuration)
                return eventLoop.makeSucceededVoidFuture()
            } catch {
                return eventLoop.makeFailedFuture(error)
            }
        }
    }

    private func reloadNow(_ configuration: BrokerConfiguration) throws {
        let change = ConfigurationChange(from: self.configuration, to: configuration, ports: ports)
        if let refusal = change.refusal { throw refusal }
        try renewTLS(configuration)
        try take(configuration)
        for effect in change.effects { core.environment.logger?.info("\(effect)") }
    }
}
