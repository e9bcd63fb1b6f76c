/// A client of the broker as it is at one moment, for people to look at.
package struct BrokerClient: Sendable {
    /// Unique within the broker.
    package let id: UInt64
    package let address: String
    /// What the client calls itself; empty when it does not.
    package let name: String
    /// The client library, as `python3 2.9.0`.
    package let library: String
    package let user: String
    package let subscriptions: Int
    package let messagesIn: UInt64
    package let messagesOut: UInt64
    package let bytesIn: UInt64
    package let bytesOut: UInt64
    /// Bytes that wait to be taken by it.
    package let pendingBytes: Int
}

/// One subscription, for people to look at.
package struct BrokerSubscription: Sendable {
    package let pattern: String
    /// The queue group; empty for none.
    package let queue: String
    /// Whose it is.
    package let client: String
    /// How many messages it has had.
    package let delivered: Int
}

extension ClientSession {
    /// What people know it by.
    var label: String { options.name.isEmpty ? "client \(id)" : options.name }

    /// The session as it is now.
    var snapshot: BrokerClient {
        BrokerClient(
            id: id,
            address: address,
            name: options.name,
            library: options.version.isEmpty ? options.language : "\(options.language) \(options.version)",
            user: user,
            subscriptions: subscriptions.count,
            messagesIn: statistics.messagesIn,
            messagesOut: statistics.messagesOut,
            bytesIn: statistics.bytesIn,
            bytesOut: statistics.bytesOut,
            pendingBytes: outbox.pendingBytes
        )
    }
}

extension Subscription {
    func snapshot(client: String) -> BrokerSubscription {
        BrokerSubscription(
            pattern: String(decoding: pattern, as: UTF8.self),
            queue: String(decoding: queue, as: UTF8.self),
            client: client,
            delivered: delivered
        )
    }
}
