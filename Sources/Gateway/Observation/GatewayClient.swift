package import RESProtocol
package import WebServer

import struct NIOCore.ByteBuffer

/// A client on a WebSocket as it is at one moment, for people to look at.
package struct GatewayClient {
    /// The connection id.
    package let id: String
    package let address: String
    /// What the client calls itself; empty when it does not.
    package let userAgent: String
    /// The protocol version it speaks.
    package let version: String
    package let token: JSONSlice?
    package let tokenID: String
    package let subscriptions: Int
    /// Requests that are not answered yet.
    package let pendingRequests: Int
    /// Bytes that wait to be taken by it.
    package let pendingBytes: Int
    package let messagesIn: UInt64
    package let messagesOut: UInt64
    package let bytesOut: UInt64
}

/// One resource that a client has.
package struct GatewaySubscription {
    package let rid: String
    /// Subscriptions of the client's own, and those because another resource refers to it.
    package let direct: Int
    package let indirect: Int
}

extension Gateway {
    /// How many WebSocket clients there are, resources in the cache, and connections of any kind.
    package var size: (clients: Int, resources: Int, connections: Int) {
        (context.count, context.cache.count, server?.connectionCount ?? 0)
    }

    /// Who watches the requests; nil for nobody.
    package func observe(_ observer: (any GatewayObserver)?) { context.observe(observer) }

    /// Who interferes with requests; nil for nobody.
    package func interfere(_ interference: (any RequestInterference)?) { context.interference = interference }

    /// Who is asked about HTTP requests that themselves ask for a delay; nil for nobody.
    package func admitDelays(_ interference: (any RequestInterference)?) { context.delays = interference }

    /// Has everything that is in use fetched anew, and access to it asked for anew, as after `system.reset`.
    package func fetchEverythingAnew() {
        let all = JSONSlice(unchecked: ByteBuffer(string: "{\"resources\":[\">\"],\"access\":[\">\"]}"))
        context.cache.systemReset(all)
    }

    /// The clients on WebSockets, by id, as many as `limit`.
    package func clients(limit: Int) -> [GatewayClient] {
        context.all.prefix(limit).map(\.snapshot)
    }

    /// The connections on which requests come over HTTP, as many as `limit`.
    package func httpClients(limit: Int) -> [HTTPClient] { server?.httpClients(limit: limit) ?? [] }

    /// Cuts the HTTP connection of an address; false when there is none.
    package func dropHTTPClient(at address: String) -> Bool { server?.dropHTTPClient(at: address) ?? false }

    /// The connection ids of all clients on WebSockets.
    package var clientIDs: [String] { context.all.map(\.id) }

    /// What a client has, as many as `limit`; nil when there is no such client.
    package func subscriptions(of id: String, limit: Int) -> [GatewaySubscription]? {
        context.session(id)?.subscriptions.values.sorted { $0.rid < $1.rid }.prefix(limit).map {
            GatewaySubscription(rid: $0.rid, direct: Int($0.direct), indirect: Int($0.indirect))
        }
    }

    /// Cuts a client's connection; false when there is no such client.
    package func disconnect(_ id: String) -> Bool {
        guard let output = context.session(id)?.output else { return false }
        output.abort()
        return true
    }

    /// Has access to everything that a client has asked for anew.
    package func reaccess(_ id: String) -> Bool {
        guard let session = context.session(id) else { return false }
        session.reaccessAll()
        return true
    }

    /// Takes a client's token away, as a service does by a token event without one.
    package func revokeToken(of id: String) -> Bool {
        guard let session = context.session(id) else { return false }
        session.setToken(nil, id: "")
        return true
    }

    /// Stops writing to a client, as if it did not read, or goes on.
    package func hold(_ id: String, _ isHeld: Bool) {
        context.session(id)?.output?.hold(isHeld)
    }
}

extension ClientSession {
    fileprivate var snapshot: GatewayClient {
        let description = describeClient()
        let traffic = output?.traffic ?? ClientTraffic()
        return GatewayClient(
            id: id,
            address: description.remoteAddress,
            userAgent: description.header.first { $0.name == "User-Agent" }?.values.first ?? "",
            version: version.text,
            token: token,
            tokenID: tokenID,
            subscriptions: subscriptions.count,
            pendingRequests: pendingRequests,
            pendingBytes: traffic.pendingBytes,
            messagesIn: traffic.messagesIn,
            messagesOut: traffic.messagesOut,
            bytesOut: traffic.bytesOut
        )
    }
}

extension Gateway {
    /// Whether a client has a resource below a name.
    package func follows(_ id: String, _ root: String) -> Bool {
        context.session(id)?.subscriptions.keys.contains { $0 == root || $0.hasPrefix(root + ".") } ?? false
    }
}
