package import RESProtocol
import WebServer

package import struct NIOCore.ByteBuffer

/// A request of a client, as it came over a WebSocket (RES client protocol, "Requests").
package struct ClientRequest {
    /// What the client asks for.
    package enum Kind: Hashable {
        /// `protocol` as it was given; nil when the client keeps the version it has.
        case version(String?)
        case subscribe(String)
        case unsubscribe(String, count: Int)
        case get(String)
        case call(String, method: String, params: JSONSlice?)
        case auth(String, method: String, params: JSONSlice?)
        case new(String, params: JSONSlice?)
        /// The request is well-formed as far as its id, and wrong behind it.
        case invalid(RESError)
    }

    /// What the answer carries, so that the client knows its request.
    package let id: UInt64
    package let kind: Kind

    /// Reads a request; nil for what is to be ignored without an answer: anything but a JSON object with an `id`
    /// that is a whole number of 64 bits without sign, and a `method` that is a string where it is there.
    ///
    /// Names of members are matched without regard to case and the last of several counts. Resource ids are checked,
    /// but are kept as the client wrote them.
    package init?(parsing message: ByteBuffer) {
        guard let body = try? JSONSlice(parsing: message), body.kind == .object else { return nil }
        var fields = Fields()
        for (name, value) in body.members {
            guard fields.take(name, value) else { return nil }
        }
        guard let id = fields.id else { return nil }
        self.id = id
        kind = ClientRequest.kind(method: fields.method, params: fields.params)
    }

    private static func kind(method: String, params: JSONSlice?) -> Kind {
        guard let dot = method.utf8.firstIndex(of: UInt8(ascii: ".")) else {
            return method == "version" ? version(params) : .invalid(.invalidRequest)
        }
        let rid = String(method[method.utf8.index(after: dot)...])
        switch method[..<dot] {
        case "subscribe": return checked(rid) { .subscribe($0) }
        case "unsubscribe": return checked(rid) { unsubscribe($0, params) }
        case "get": return checked(rid) { .get($0) }
        case "new": return checked(rid) { .new($0, params: params?.detached) }
        case "call":
            return withMethod(rid) { .call($0, method: $1, params: params?.detached) }
        case "auth":
            return withMethod(rid) { .auth($0, method: $1, params: params?.detached) }
        default: return .invalid(.invalidRequest)
        }
    }

    private static func checked(_ rid: String, _ make: (String) -> Kind) -> Kind {
        ResourceID(rid) == nil ? .invalid(.invalidRequest) : make(rid)
    }

    /// Splits at the last dot, which may stand behind a query.
    private static func withMethod(_ text: String, _ make: (String, String) -> Kind) -> Kind {
        guard let dot = text.utf8.lastIndex(of: UInt8(ascii: ".")) else { return .invalid(.invalidRequest) }
        let method = String(text[text.utf8.index(after: dot)...])
        guard ResourceID(method) != nil, !method.utf8.contains(UInt8(ascii: "?")) else {
            return .invalid(.invalidRequest)
        }
        return checked(String(text[..<dot])) { make($0, method) }
    }

    private static func version(_ params: JSONSlice?) -> Kind {
        guard let params, !params.isNull else { return .version(nil) }
        guard params.kind == .object else { return .invalid(.invalidParams) }
        guard let version = params["protocol"], !version.isNull else { return .version(nil) }
        guard let text = version.string else { return .invalid(.invalidParams) }
        return .version(text.isEmpty ? nil : text)
    }

    private static func unsubscribe(_ rid: String, _ params: JSONSlice?) -> Kind {
        guard let params, !params.isNull else { return .unsubscribe(rid, count: 1) }
        guard params.kind == .object else { return .invalid(.invalidParams) }
        guard let count = params["count"], !count.isNull else { return .unsubscribe(rid, count: 1) }
        guard let number = count.integer, number > 0 else { return .invalid(.invalidParams) }
        return .unsubscribe(rid, count: Int(clamping: number))
    }
}

/// The members of a request that count.
private struct Fields {
    var id: UInt64?
    var method = ""
    var params: JSONSlice?

    /// Takes a member; false when it has a form for which the whole message is ignored.
    mutating func take(_ name: JSONSlice, _ value: JSONSlice) -> Bool {
        switch Fields.name(name) {
        case .id:
            if value.isNull {
                id = nil
                return true
            }
            id = value.kind == .number ? UInt64(value.text) : nil
            return id != nil
        case .method:
            if value.isNull { return true }
            guard let text = value.string else { return false }
            method = text
        case .params: params = value
        case nil: break
        }
        return true
    }

    private enum Name: String {
        case id, method, params
    }

    private static func name(_ name: JSONSlice) -> Name? {
        if name.isString("id") { return .id }
        if name.isString("method") { return .method }
        if name.isString("params") { return .params }
        return name.string.flatMap { Name(rawValue: $0.lowercased()) }
    }
}
