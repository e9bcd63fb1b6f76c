/// What one connection may ask of the gateway.
package struct SessionLimits: Hashable, Sendable {
    /// Direct subscriptions of one resource; 256 in the protocol's reference gateway.
    package var maximumDirectSubscriptions = 256
    /// Resources subscribed to at one time, directly or by reference.
    package var maximumSubscriptions = 100_000
    /// Requests under way.
    package var maximumPendingRequests = 10_000
    /// Events that may wait at one resource while what they bring along is loaded. A connection that exceeds it is closed.
    package var maximumHeldEvents = 10_000

    package init() {}
}
