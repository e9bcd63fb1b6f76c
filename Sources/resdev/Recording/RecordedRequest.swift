import Gateway
import RESProtocol

/// What a client asked the gateway for, and how that ended: what is asked again when a session is played from the client's
/// side.
struct RecordedRequest: Equatable, Sendable {
    /// Milliseconds since the recording began.
    let asked: Double
    let ended: Double
    /// `http` or `ws`.
    let transport: String
    /// `GET` and the like, or `subscribe`, `get`, `call`, `new`, `auth`.
    let action: String
    let method: String?
    /// The resource id with its query.
    let resource: String
    let params: JSONSlice?
    /// A status, `ok`, or the code of an error.
    let result: JSONSlice

    /// A request that has ended; parameters by which people log in are left out.
    init(_ exchange: ClientExchange, asked: Double, ended: Double, result: JSONSlice) {
        self.asked = asked
        self.ended = ended
        transport = exchange.transport.rawValue
        action = exchange.action
        method = exchange.method
        resource = exchange.resource
        let isSecret = exchange.action == "auth" || RecordedExchange.Key.isSecret(exchange.resource)
        params = isSecret ? nil : exchange.params?.detached
        self.result = result
    }

    /// Reads what `members` writes; nil when it is none.
    init?(decoding line: JSONSlice, at ended: Double) {
        guard let transport = line["client"]?.string, let action = line["action"]?.string,
            let resource = line["resource"]?.string, let result = line["result"]
        else { return nil }
        asked = line["asked"]?.double ?? ended
        self.ended = ended
        self.transport = transport
        self.action = action
        method = line["method"]?.string
        self.resource = resource
        params = line["params"]?.detached
        self.result = result.detached
    }

    /// The line's members behind its time.
    var members: [(name: String, value: JSONSlice)] {
        var members = [
            ("asked", RecordedLine.time(asked)), ("client", JSONSlice(string: transport)),
            ("action", JSONSlice(string: action)),
        ]
        if let method { members.append(("method", JSONSlice(string: method))) }
        members.append(("resource", JSONSlice(string: resource)))
        if let params { members.append(("params", params)) }
        members.append(("result", result))
        return members
    }
}
