/// How far a server's `-ERR` reaches (NATS client protocol, "-ERR").
package enum ServerErrorKind: Hashable, Sendable {
    /// The credentials are missing, wrong, expired or revoked; the server closes the connection.
    case authorization
    /// One publish or subscription was refused; the connection stays.
    case operation
    /// The server closes the connection for another reason.
    case connection

    /// Judges the text between the quotes.
    package init(_ text: String) {
        let text = text.lowercased()
        let authorization = ["authorization", "authentication"]
        let operation = [
            "permissions violation", "invalid subject", "invalid publish subject",
            "maximum subscriptions exceeded",
        ]
        if operation.contains(where: text.hasPrefix) {
            self = .operation
        } else if authorization.contains(where: { text.range(of: $0) != nil }) {
            self = .authorization
        } else {
            self = .connection
        }
    }
}
