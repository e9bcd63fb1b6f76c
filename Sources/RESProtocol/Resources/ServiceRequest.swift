package import struct NIOCore.ByteBuffer

/// A request of a gateway to a service (RES service protocol, "Requests").
package struct ServiceRequest: Hashable, Sendable {
    /// What is asked; the first token of the subject, and the last one for methods.
    package enum Kind: Hashable, Sendable {
        case access
        case get
        case call(method: String)
        case auth(method: String)
    }

    package var kind: Kind
    /// The resource, with the query where the client gave one.
    package var resource: ResourceID
    /// The connection on whose behalf the request is made; absent in `get`.
    package var connectionID: String?
    /// The connection's access token; nil stands for `null`.
    package var token: JSONSlice?
    /// Parameters of a call or auth; nil stands for `null`.
    package var params: JSONSlice?
    /// Whether the client came by an HTTP request.
    package var isHTTP: Bool
    /// What only auth requests carry.
    package var client: ClientDescription?

    /// What an auth request tells of the client's HTTP request or WebSocket handshake.
    package struct ClientDescription: Hashable, Sendable {
        /// Header fields, names canonical, values in order.
        package var header: [(name: String, values: [String])]
        package var host: String
        package var remoteAddress: String
        /// Path and query as the client sent them.
        package var uri: String

        package init(
            header: [(name: String, values: [String])],
            host: String,
            remoteAddress: String,
            uri: String
        ) {
            self.header = header
            self.host = host
            self.remoteAddress = remoteAddress
            self.uri = uri
        }

        package static func == (left: Self, right: Self) -> Bool {
            left.host == right.host && left.remoteAddress == right.remoteAddress && left.uri == right.uri
                && left.header.elementsEqual(right.header) { $0.name == $1.name && $0.values == $1.values }
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(host)
            hasher.combine(remoteAddress)
            hasher.combine(uri)
        }
    }

    package init(
        _ kind: Kind,
        _ resource: ResourceID,
        connectionID: String? = nil,
        token: JSONSlice? = nil,
        params: JSONSlice? = nil,
        isHTTP: Bool = false,
        client: ClientDescription? = nil
    ) {
        self.kind = kind
        self.resource = resource
        self.connectionID = connectionID
        self.token = token
        self.params = params
        self.isHTTP = isHTTP
        self.client = client
    }

    /// Where the request is published. Its parts were checked when the id and the method were.
    package var subject: Subject {
        switch kind {
        case .access: Subject(unchecked: "access." + resource.name)
        case .get: Subject(unchecked: "get." + resource.name)
        case .call(let method): Subject(unchecked: "call." + resource.name + "." + method)
        case .auth(let method): Subject(unchecked: "auth." + resource.name + "." + method)
        }
    }
}

extension ServiceRequest {
    /// Writes the payload: `token` always but in `get`, `params` always in calls, `isHttp` and `query` only where set.
    package func encode(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{")
        if kind != .get {
            buffer.writeStaticString("\"token\":")
            buffer.writeJSON(token ?? .null)
            if isMethodRequest {
                buffer.writeStaticString(",\"params\":")
                buffer.writeJSON(params ?? .null)
            }
            buffer.writeStaticString(",\"cid\":")
            buffer.writeJSON(connectionID ?? "")
            if isHTTP { buffer.writeStaticString(",\"isHttp\":true") }
            client?.encode(into: &buffer)
        }
        if let query = resource.query {
            buffer.writeStaticString(kind == .get ? "\"query\":" : ",\"query\":")
            buffer.writeJSON(query)
        }
        buffer.writeStaticString("}")
    }

    private var isMethodRequest: Bool {
        switch kind {
        case .access, .get: false
        case .call, .auth: true
        }
    }

    /// Reads a request as a service receives it; nil when the subject is none of a request.
    ///
    /// - Throws: what is wrong with the payload. An empty payload is taken as `{}`.
    package init?(subject: Subject, payload: ByteBuffer) throws(JSONError) {
        let body = payload.readableBytes == 0 ? .emptyObject : try JSONSlice(parsing: payload)
        guard body.kind == .object else { throw JSONError("a request's payload has to be an object", at: 0) }
        if let query = body["query"], query.kind != .string, !query.isNull {
            throw JSONError("a request's query has to be a string", at: 0)
        }
        guard let (kind, name) = ServiceRequest.kindAndName(of: subject.text) else { return nil }
        self.init(
            kind,
            ResourceID(unchecked: name, query: body["query"]?.string),
            connectionID: body["cid"]?.string,
            token: body["token"].flatMap { $0.isNull ? nil : $0 },
            params: body["params"].flatMap { $0.isNull ? nil : $0 },
            isHTTP: body["isHttp"]?.bool ?? false
        )
    }

    private static func kindAndName(of subject: String) -> (Kind, name: String)? {
        guard let dot = subject.firstIndex(of: ".") else { return nil }
        let rest = subject[subject.index(after: dot)...]
        switch subject[..<dot] {
        case "access": return (.access, String(rest))
        case "get": return (.get, String(rest))
        case "call", "auth":
            guard let last = rest.lastIndex(of: ".") else { return nil }
            let method = String(rest[rest.index(after: last)...])
            return (
                subject.hasPrefix("call") ? .call(method: method) : .auth(method: method),
                String(rest[..<last])
            )
        default: return nil
        }
    }
}

extension ServiceRequest.ClientDescription {
    fileprivate func encode(into buffer: inout ByteBuffer) {
        buffer.writeStaticString(",\"header\":")
        buffer.writeHeader(header)
        buffer.writeStaticString(",\"host\":")
        buffer.writeJSON(host)
        buffer.writeStaticString(",\"remoteAddr\":")
        buffer.writeJSON(remoteAddress)
        buffer.writeStaticString(",\"uri\":")
        buffer.writeJSON(uri)
    }
}
