package import RESProtocol
package import WebServer

/// What services say about the status and the header fields of an answer, put together
/// (RES service protocol, "Meta object").
package struct ResponseMeta: Hashable, Sendable {
    /// The status, 300–599, when there is one.
    package private(set) var status: Int?
    /// The header fields, names canonical.
    package private(set) var fields: [HTTPField] = []
    /// Names that were given, also those without a value, which take the gateway's own fields away.
    private var names: Set<String> = []

    /// Puts meta objects together: the status is the last one's that has one, and a field replaces one of the
    /// same name
    /// given before; only `Set-Cookie` is added. A status that is no redirection and no error counts for
    /// nothing.
    package init(merging metas: [ServiceResponse.Meta]) {
        for meta in metas {
            if let given = meta.status { status = given }
            merge(meta.header)
        }
        if let given = status, !(300..<600 ~= given) { status = nil }
    }

    private mutating func merge(_ header: [ServiceResponse.Meta.Field]) {
        var replaced: Set<String> = []
        for field in header {
            let name = HTTPField.canonicalName(field.name)
            if ResponseMeta.isProtected(name) { continue }
            if name != "Set-Cookie", replaced.insert(name).inserted {
                fields.removeAll { $0.name == name }
            }
            names.insert(name)
            fields += field.values.map { HTTPField(name, $0) }
        }
    }

    /// Whether a service has set the field.
    package func has(_ name: String) -> Bool { names.contains(name) }

    /// The gateway's fields with those of the services, which replace fields of the same name.
    package func merged(into own: [HTTPField]) -> [HTTPField] {
        if names.isEmpty { return own }
        return own.filter { !names.contains($0.name) } + fields
    }

    /// Fields that services cannot set, and those that frame the answer.
    private static func isProtected(_ name: String) -> Bool {
        switch name {
        case "Sec-Websocket-Extensions", "Sec-Websocket-Protocol", "Access-Control-Allow-Credentials",
            "Access-Control-Allow-Origin", "Content-Type":
            true
        case "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Date", "Sec-Websocket-Accept":
            true
        default: false
        }
    }
}
