import Glibc
import RESProtocol

/// Where a RES gateway is reached, as a person writes it: `http://localhost:8080`, `wss://example.com/ws`, `localhost:8080`.
struct ServerURL: Equatable, Sendable, CustomStringConvertible {
    /// A host name or an IP address, an IPv6 address without its brackets.
    var host: String
    var port: Int
    /// Whether the connection is encrypted (`https`, `wss`).
    var usesTLS: Bool
    /// Path of the WebSocket.
    var path: String

    /// The server of a developer's own machine.
    static let local = ServerURL(host: "localhost", port: 8080, usesTLS: false, path: "/")

    /// The server that `RES_URL` names, else the local one.
    static func fromEnvironment() throws(StartFailure) -> ServerURL {
        guard let value = getenv("RES_URL").map({ String(cString: $0) }), !value.isEmpty else {
            return .local
        }
        return try ServerURL(value)
    }

    init(host: String, port: Int, usesTLS: Bool, path: String) {
        self.host = host
        self.port = port
        self.usesTLS = usesTLS
        self.path = path
    }

    /// Reads `[http|https|ws|wss://]host[:port][/path]`; without a path the WebSocket is at `/`.
    init(_ text: String) throws(StartFailure) {
        let parts = try ServerURL.split(text)
        self.init(host: parts.host, port: parts.port, usesTLS: parts.usesTLS, path: "/")
        if !parts.path.isEmpty { path = parts.path }
    }

    /// Whether the text names a server rather than a resource id: it has a scheme.
    static func isURL(_ text: String) -> Bool {
        text.split(separator: ":", maxSplits: 1).count == 2 && schemes[scheme(of: text)] != nil
            && text.dropFirst(scheme(of: text).count).hasPrefix("://")
    }

    /// The address of the WebSocket.
    var description: String { "\(usesTLS ? "wss" : "ws")://\(authority)\(path)" }

    /// Host and port as the field `Host` has them.
    var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// A URL taken apart; the path begins with a slash or is empty, and holds the query.
    static func split(
        _ text: String
    ) throws(StartFailure) -> (host: String, port: Int, usesTLS: Bool, path: String) {
        var rest = text[...]
        var scheme = "http"
        if isURL(text) {
            scheme = ServerURL.scheme(of: text)
            rest = text.dropFirst(scheme.count + 3)
        }
        let usesTLS = schemes[scheme] ?? false
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = String(rest.dropFirst(authority.count))
        let (host, port) = try hostAndPort(authority, of: text)
        return (host, port ?? (usesTLS ? 443 : 80), usesTLS, path)
    }

    /// Schemes, and whether each is encrypted.
    private static let schemes = ["http": false, "ws": false, "https": true, "wss": true]

    private static func scheme(of text: String) -> String {
        text.prefix { $0 != ":" }.lowercased()
    }

    private static func hostAndPort(
        _ authority: Substring,
        of text: String
    ) throws(StartFailure) -> (String, Int?) {
        var host = authority
        var port: Substring?
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<end]
            let tail = authority[authority.index(after: end)...]
            if tail.hasPrefix(":") { port = tail.dropFirst() }
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ 0x21...0x7e ~= $0 && $0 != UInt8(ascii: "@") }) else {
            throw failure(text)
        }
        guard let port else { return (String(host), nil) }
        guard let number = Int(port), 1...65_535 ~= number else { throw failure(text) }
        return (String(host), number)
    }

    private static func failure(_ text: String) -> StartFailure {
        StartFailure("'\(text)' is no address of a server", remedy: "write http://localhost:8080")
    }
}
