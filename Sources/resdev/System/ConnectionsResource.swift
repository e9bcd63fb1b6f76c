import EmbeddedBroker
import Gateway
import RESProtocol
import WebServer

/// `$sys.connections`: a collection of the clients, a model each, with methods to see and to disturb one.
final class ConnectionsResource: SystemResource {
    let name = "$sys.connections"
    /// Clients of each kind that are shown.
    static let maximumClients = 500
    /// Subscriptions of one client that are shown.
    static let maximumSubscriptions = 500

    private let sources: SystemSources
    private let chaos: ChaosResource
    private let publish: ([SystemEvent]) -> Void
    private var table = LiveTable(name: "$sys.connections")
    private var rates: [String: (messagesIn: Rate, messagesOut: Rate)] = [:]

    /// - Parameter publish: sends events at once.
    init(
        _ sources: SystemSources,
        chaos: ChaosResource,
        publish: @escaping ([SystemEvent]) -> Void
    ) {
        self.sources = sources
        self.chaos = chaos
        self.publish = publish
    }

    func begin() { _ = table.update(rows()) }

    func end() {
        table.clear()
        rates = [:]
    }

    func content(_ key: String?) -> JSONSlice? {
        guard let key else { return table.collection }
        // A client that has just come asks for itself.
        if table.model(key) == nil { publish(table.update(rows())) }
        return table.model(key)
    }

    func tick(isSecond: Bool) -> [SystemEvent] { isSecond ? table.update(rows()) : [] }

    private func rows() -> [(key: String, row: JSONObject)] {
        let webSockets = sources.gateway?.clients(limit: ConnectionsResource.maximumClients) ?? []
        let http = sources.gateway?.httpClients(limit: ConnectionsResource.maximumClients) ?? []
        let nats = sources.broker?.clients.prefix(ConnectionsResource.maximumClients) ?? []
        var seen: Set<String> = []
        let rows =
            webSockets.map { (key: $0.id, row: row(of: $0)) }
            + http.map { (key: ConnectionsResource.key(ofHTTP: $0.address), row: row(of: $0)) }
            + nats.map { (key: "nats-\($0.id)", row: row(of: $0)) }
        for (key, _) in rows { seen.insert(key) }
        rates = rates.filter { seen.contains($0.key) }
        return rows
    }

    private func row(of client: GatewayClient) -> JSONObject {
        var row = JSONObject()
        row.set("id", client.id)
        row.set("kind", "ws")
        row.set("address", client.address)
        row.set("name", client.userAgent)
        row.set("version", client.version)
        if let token = client.token { row.set("token", data: token) } else { row.set("token", .null) }
        row.set("user", client.tokenID)
        row.set("subscriptions", integer: client.subscriptions)
        row.set("pendingRequests", integer: client.pendingRequests)
        row.set("pendingBytes", integer: client.pendingBytes)
        setTraffic(&row, client.id, client.messagesIn, client.messagesOut)
        row.set("bytesOut", integer: client.bytesOut)
        // What a connection takes at rest, and each subscription; measured, see Benchmarks.
        row.set("memory", integer: 8192 + 400 * client.subscriptions + client.pendingBytes)
        row.set("delay", chaos.delay(of: client.id))
        return row
    }

    private func row(of client: HTTPClient) -> JSONObject {
        let id = ConnectionsResource.key(ofHTTP: client.address)
        var row = JSONObject()
        row.set("id", id)
        row.set("kind", "http")
        row.set("address", client.address)
        row.set("name", "")
        row.set("version", "")
        row.set("token", .null)
        row.set("user", "")
        row.set("subscriptions", integer: 0)
        row.set("pendingRequests", integer: client.isWaiting ? 1 : 0)
        row.set("pendingBytes", integer: 0)
        setTraffic(&row, id, client.requests, client.requests)
        row.set("bytesOut", integer: 0)
        row.set("memory", integer: 4096)
        row.set("delay", String?.none)
        return row
    }

    /// An HTTP connection is known by its client's port; the address stays out, for it has dots and colons.
    private static func key(ofHTTP address: String) -> String {
        "http-" + address.split(separator: ":").suffix(1).joined()
    }

    private func row(of client: BrokerClient) -> JSONObject {
        var row = JSONObject()
        row.set("id", "nats-\(client.id)")
        row.set("kind", "nats")
        row.set("address", client.address)
        row.set("name", client.name)
        row.set("version", client.library)
        row.set("token", .null)
        row.set("user", client.user)
        row.set("subscriptions", integer: client.subscriptions)
        row.set("pendingRequests", integer: 0)
        row.set("pendingBytes", integer: client.pendingBytes)
        setTraffic(&row, "nats-\(client.id)", client.messagesIn, client.messagesOut)
        row.set("bytesOut", integer: client.bytesOut)
        row.set("memory", integer: 4096 + 200 * client.subscriptions + client.pendingBytes)
        row.set("delay", String?.none)
        return row
    }

    private func setTraffic(
        _ row: inout JSONObject,
        _ key: String,
        _ messagesIn: UInt64,
        _ messagesOut: UInt64
    ) {
        var known = rates[key] ?? (Rate(), Rate())
        known.messagesIn.note(messagesIn)
        known.messagesOut.note(messagesOut)
        rates[key] = known
        row.set("messagesIn", integer: messagesIn)
        row.set("messagesOut", integer: messagesOut)
        row.set("rateIn", number: known.messagesIn.perSecond)
        row.set("rateOut", number: known.messagesOut.perSecond)
    }

    func call(_ key: String?, _ method: String, _ params: JSONSlice, _ answer: @escaping SystemAnswer) {
        guard let key else { return answer(.failure(.methodNotFound)) }
        answer(result(of: key, method, params))
    }

    private func result(of key: String, _ method: String, _ params: JSONSlice) -> Result<JSONSlice, RESError>
    {
        if key.hasPrefix("nats-") {
            guard let id = UInt64(key.dropFirst(5)), let broker = sources.broker else {
                return .failure(.notFound)
            }
            switch method {
            case "drop": return broker.disconnect(id) ? .success(.null) : .failure(.notFound)
            case "subscriptions": return .success(subscriptions(of: id, broker))
            default:
                return .failure(
                    .methodNotFound.saying("A NATS client has the methods drop and subscriptions")
                )
            }
        }
        guard let gateway = sources.gateway else { return .failure(.notFound) }
        if key.hasPrefix("http-") {
            let clients = gateway.httpClients(limit: ConnectionsResource.maximumClients)
            let client = clients.first { ConnectionsResource.key(ofHTTP: $0.address) == key }
            switch method {
            case "drop":
                guard let client, gateway.dropHTTPClient(at: client.address) else {
                    return .failure(.notFound)
                }
                return .success(.null)
            case "subscriptions": return .success(.array([]))
            default: return .failure(.methodNotFound.saying("An HTTP connection has the method drop"))
            }
        }
        switch method {
        case "drop": return gateway.disconnect(key) ? .success(.null) : .failure(.notFound)
        case "reaccess": return gateway.reaccess(key) ? .success(.null) : .failure(.notFound)
        case "revoke": return gateway.revokeToken(of: key) ? .success(.null) : .failure(.notFound)
        case "delay": return chaos.setDelay(params["latency"]?.string ?? "", of: key)
        case "subscriptions":
            let limit = ConnectionsResource.maximumSubscriptions
            guard let list = gateway.subscriptions(of: key, limit: limit) else { return .failure(.notFound) }
            return .success(
                .array(list.map { subscription(rid: $0.rid, direct: $0.direct, indirect: $0.indirect) })
            )
        default:
            return .failure(
                .methodNotFound.saying(
                    "A client has the methods drop, delay, reaccess, revoke and subscriptions"
                )
            )
        }
    }

    private func subscription(rid: String, direct: Int, indirect: Int) -> JSONSlice {
        var object = JSONObject()
        object.set("name", rid)
        object.set("direct", integer: direct)
        object.set("indirect", integer: indirect)
        return object.slice
    }

    private func subscriptions(of client: UInt64, _ broker: EmbeddedBroker) -> JSONSlice {
        .array(
            broker.subscriptions(of: client, limit: ConnectionsResource.maximumSubscriptions).map {
                subscription in
                var object = JSONObject()
                object.set("name", subscription.pattern)
                object.set("queue", subscription.queue)
                object.set("delivered", integer: subscription.delivered)
                return object.slice
            }
        )
    }
}
