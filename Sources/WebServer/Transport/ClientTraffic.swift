/// A connection on which requests come over HTTP, as it is at one moment.
package struct HTTPClient: Sendable {
    /// The client's address and port.
    package let address: String
    /// How many requests have come.
    package let requests: UInt64
    /// Whether one of them is being answered.
    package let isWaiting: Bool
}

/// What has gone through a client's connection so far.
package struct ClientTraffic: Equatable, Sendable {
    package var messagesIn: UInt64 = 0
    package var messagesOut: UInt64 = 0
    package var bytesOut: UInt64 = 0
    /// Bytes that wait to be taken by the client.
    package var pendingBytes = 0

    package init() {}
}
