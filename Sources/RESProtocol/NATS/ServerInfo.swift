/// What a NATS server says of itself in an `INFO` line; members it leaves out have their defaults.
package struct ServerInfo: Hashable, Sendable {
    package var serverID = ""
    package var serverName = ""
    package var version = ""
    /// Protocol level: 1 and up send INFO again when something changes.
    package var proto = 0
    package var headers = false
    /// Largest payload with its headers, in bytes.
    package var maximumPayload = 1_048_576
    package var authRequired = false
    package var tlsRequired = false
    package var tlsAvailable = false
    /// What a key signs to prove itself; absent when the server knows no keys.
    package var nonce: String?
    /// The client listeners of the cluster's servers, each as `host:port`.
    package var connectURLs: [String] = []
    /// Whether the server is about to stop (lame duck mode).
    package var isLameDuck = false

    package init() {}

    /// Reads the JSON of an INFO line; nil when it is no object.
    package init?(_ json: JSONSlice) {
        guard json.kind == .object else { return nil }
        for (name, value) in json.members {
            switch name.string {
            case "server_id": serverID = value.string ?? ""
            case "server_name": serverName = value.string ?? ""
            case "version": version = value.string ?? ""
            case "proto": proto = value.integer.map(Int.init(clamping:)) ?? 0
            case "headers": headers = value.bool ?? false
            case "max_payload":
                if let size = value.integer, size > 0 { maximumPayload = Int(clamping: size) }
            case "auth_required": authRequired = value.bool ?? false
            case "tls_required": tlsRequired = value.bool ?? false
            case "tls_available": tlsAvailable = value.bool ?? false
            case "nonce": nonce = value.string
            case "connect_urls": connectURLs = value.elements.compactMap(\.string)
            case "ldm": isLameDuck = value.bool ?? false
            default: break
            }
        }
    }
}
