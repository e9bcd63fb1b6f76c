/// What has happened at a gateway since it started, counted under the names that Resgate gives it.
package struct GatewayMetrics: Hashable, Sendable {
    /// WebSockets that were opened.
    package var webSockets: UInt64 = 0

    /// Requests of clients over WebSocket, by what they ask for; `call` counts `new` as well.
    package var subscribes: UInt64 = 0
    package var unsubscribes: UInt64 = 0
    package var gets: UInt64 = 0
    package var calls: UInt64 = 0
    package var auths: UInt64 = 0

    /// HTTP requests for resources; `httpGets` counts HEAD as well.
    package var httpGets: UInt64 = 0
    package var httpPosts: UInt64 = 0
    package var httpPuts: UInt64 = 0
    package var httpDeletes: UInt64 = 0
    package var httpPatches: UInt64 = 0

    package init() {}

    /// What holds at this moment, besides.
    package struct State: Hashable, Sendable {
        /// Open WebSockets.
        package var webSockets = 0
        /// Names in the cache.
        package var resources = 0
        /// Subscriptions to resources in the cache, and requests under way for them.
        package var subscriptions = 0
        /// Bytes of memory that the process has.
        package var memory = 0

        package init() {}
    }
}
