/// Where a NATS server listens, as in `nats://user:password@host:4222`.
package struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    /// A host name or an IP address, an IPv6 address without its brackets.
    package var host: String
    /// 1 to 65535.
    package var port: Int
    /// Whether the address asks for TLS (`tls://`).
    package var wantsTLS = false
    /// The name that the server's certificate must have, where it is not the host: a server that a cluster has told of by
    /// its IP address shows the certificate of the one that told.
    package var certificateName: String?
    /// The user, or with no password the token, that stands in the address.
    package var user: String?
    /// The password that stands in the address.
    package var password: String?

    /// The port of an address that names none.
    package static let defaultPort = 4222

    package init(host: String, port: Int = ServerAddress.defaultPort) {
        self.host = host
        self.port = port
    }

    /// Reads `[nats://|tls://][user[:password]@]host[:port]`; user and password may be percent-encoded.
    package init(_ text: String) throws(NATSError) {
        let (scheme, afterScheme) = try ServerAddress.splitScheme(text)
        var rest = afterScheme
        if rest.last == "/" { rest.removeLast() }
        self.init(host: "")
        wantsTLS = scheme == "tls"
        if let at = rest.lastIndex(of: "@") {
            try readUser(rest[..<at], in: text)
            rest = rest[rest.index(after: at)...]
        }
        try readHost(rest, in: text)
    }

    /// Reads addresses with commas between them.
    package static func list(_ text: String) throws(NATSError) -> [ServerAddress] {
        var addresses: [ServerAddress] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            addresses.append(try ServerAddress(ServerAddress.trimmed(part)))
        }
        return addresses
    }

    /// The address as it is shown and logged: user and password are left out.
    package var description: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return "\(wantsTLS ? "tls" : "nats")://\(host):\(port)"
    }

    private static func splitScheme(_ text: String) throws(NATSError) -> (scheme: String, rest: Substring) {
        guard let mark = text.range(of: "://") else { return ("nats", text[...]) }
        let scheme = text[..<mark.lowerBound].lowercased()
        guard scheme == "nats" || scheme == "tls" else {
            throw malformed(text, "\"\(scheme)\" is no scheme for NATS; write nats://host:port")
        }
        return (scheme, text[mark.upperBound...])
    }

    private mutating func readUser(_ part: Substring, in text: String) throws(NATSError) {
        let halves = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var decoded: [String] = []
        for half in halves {
            guard let value = ServerAddress.percentDecoded(half) else {
                throw ServerAddress.malformed(text, "user or password has a broken percent-encoding")
            }
            decoded.append(value)
        }
        user = decoded.first
        password = decoded.count > 1 ? decoded[1] : nil
    }

    private mutating func readHost(_ part: Substring, in text: String) throws(NATSError) {
        var portText: Substring?
        if part.first == "[" {
            guard let bracket = part.firstIndex(of: "]") else {
                throw ServerAddress.malformed(
                    text,
                    "an IPv6 address ends with a bracket, as in nats://[::1]:4222"
                )
            }
            host = String(part[part.index(after: part.startIndex)..<bracket])
            let tail = part[part.index(after: bracket)...]
            guard tail.isEmpty || tail.first == ":" else {
                throw ServerAddress.malformed(text, "after the bracket only a port may stand")
            }
            portText = tail.isEmpty ? nil : tail.dropFirst()
        } else {
            let halves = part.split(separator: ":", omittingEmptySubsequences: false)
            guard halves.count <= 2 else {
                throw ServerAddress.malformed(
                    text,
                    "an IPv6 address stands in brackets, as in nats://[::1]:4222"
                )
            }
            host = String(halves.first ?? "")
            portText = halves.count > 1 ? halves[1] : nil
        }
        guard !host.isEmpty, !host.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "/") }) else {
            throw ServerAddress.malformed(text, "a host is missing or has characters that no host has")
        }
        guard let portText else { return }
        guard let port = Int(portText), 1...65535 ~= port, portText.utf8.allSatisfy({ $0 >= 0x30 }) else {
            throw ServerAddress.malformed(text, "the port must be a number from 1 to 65535")
        }
        self.port = port
    }

    private static func malformed(_ text: String, _ problem: String) -> NATSError {
        NATSError(.invalidAddress, "NATS address \"\(withoutPassword(text))\": \(problem)")
    }

    /// The text with what stands before its last `@` hidden, so that no password gets into a log.
    private static func withoutPassword(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text }
        let start = text.range(of: "://")?.upperBound ?? text.startIndex
        return start <= at ? "\(text[..<start])…\(text[at...])" : text
    }

    private static func trimmed(_ text: Substring) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var text = text.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return String(text)
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.first != UInt8(ascii: "+"),
                let value = UInt8(String(Substring(digits)), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension StringProtocol {
    /// The first place where a text stands in this one, byte for byte.
    ///
    /// - Complexity: O(*n* × *m*): for short texts.
    func range(of text: String) -> Range<Index>? {
        var start = utf8.startIndex
        while start < utf8.endIndex {
            let rest = utf8[start...]
            if rest.starts(with: text.utf8),
                let end = rest.index(start, offsetBy: text.utf8.count, limitedBy: rest.endIndex)
            {
                return start..<end
            }
            start = utf8.index(after: start)
        }
        return nil
    }
}
