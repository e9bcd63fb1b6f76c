import NIOCore
package import RESProtocol

// What people are shown of a broker that runs.
extension EmbeddedBroker {
    /// Who watches the messages that pass; nil for nobody. On the broker's loop.
    package func observe(_ observer: (any TrafficObserver)?) {
        eventLoop.preconditionInEventLoop()
        core.environment.router.observer = observer
    }

    /// The clients that are connected, the oldest first. On the broker's loop.
    package var clients: [BrokerClient] {
        eventLoop.preconditionInEventLoop()
        return core.sessions.sorted { $0.id < $1.id }.map(\.snapshot)
    }

    /// All subscriptions, or those of one client, as many as `limit`. On the broker's loop.
    package func subscriptions(of client: UInt64? = nil, limit: Int) -> [BrokerSubscription] {
        eventLoop.preconditionInEventLoop()
        var found: [BrokerSubscription] = client == nil ? localBuses.flatMap(\.subscriptions) : []
        for session in core.sessions.sorted(by: { $0.id < $1.id })
        where client == nil || session.id == client {
            guard found.count < limit else { break }
            found += session.subscriptions.values.prefix(limit - found.count)
                .map { $0.snapshot(client: session.label) }
        }
        return Array(found.prefix(limit))
    }

    /// Ends the connection of a client; false when there is none of that id. On the broker's loop.
    package func disconnect(_ client: UInt64) -> Bool {
        eventLoop.preconditionInEventLoop()
        guard let session = core.session(client) else { return false }
        session.end(.kicked)
        core.environment.router.flush()
        return true
    }

    /// Whether anyone, in this process or outside, subscribes to a subject. On the broker's loop.
    package func hasInterest(in subject: Subject) -> Bool {
        eventLoop.preconditionInEventLoop()
        return core.environment.router.hasInterest(in: subject.text.utf8Span.span)
    }
}
