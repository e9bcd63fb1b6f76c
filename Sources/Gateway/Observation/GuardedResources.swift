import RESProtocol

/// Resources that not everyone may reach, whatever services say: those of the server itself.
///
/// Decided by where a request comes from, not by a token: by default from this machine alone, and there not from pages
/// of other sites, which a browser lets connect to any address.
package struct GuardedResources: Sendable {
    package enum Reach: Sendable {
        /// Programs of this machine, and pages that it serves.
        case local
        /// Everyone, except pages of other origins.
        case open
    }

    /// The name below which all are guarded, as `$sys`.
    package let root: String
    package let reach: Reach

    package init(root: String, reach: Reach) {
        self.root = root
        self.reach = reach
    }

    /// Whether a resource is one of these.
    func contain(_ name: some StringProtocol) -> Bool {
        name.utf8.first == root.utf8.first && name.hasPrefix(root)
            && (name.utf8.count == root.utf8.count || name.dropFirst(root.count).hasPrefix("."))
    }

    /// Whether a request with these properties may reach them.
    ///
    /// - Parameters:
    ///   - address: the peer's, as `127.0.0.1:50312`.
    ///   - host: the `Host` field, which names another site where a name was made to lead here.
    ///   - origin: the `Origin` field; nil where there is none.
    ///   - isForwarded: whether a proxy says that it passes the request on.
    package func admit(address: String, host: String, origin: String?, isForwarded: Bool) -> Bool {
        let from = origin.map(GuardedResources.host(ofOrigin:))
        switch reach {
        case .open: return from == nil || from == Substring(host)
        case .local:
            return !isForwarded && GuardedResources.isLocal(address) && GuardedResources.isLocal(host)
                && from.map { GuardedResources.isLocal($0) } ?? true
        }
    }

    /// The host and port of an origin; empty for `null`.
    private static func host(ofOrigin origin: String) -> Substring {
        let parts = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? parts[2] : ""
    }

    /// Whether a host, with or without port, is this machine whoever resolves it.
    static func isLocal(_ host: some StringProtocol) -> Bool {
        if host.hasPrefix("[") { return ["[::1]", "[::ffff:127.0.0.1]"].contains { host.hasPrefix($0) } }
        if host == "::1" || host.hasPrefix("::1:") || host.hasPrefix("::ffff:127.") { return true }
        let name = host.prefix { $0 != ":" }.lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension GuardedResources {
    /// Whether a client may reach them.
    func admit(_ client: ServiceRequest.ClientDescription) -> Bool {
        let origin = client.header.first { $0.name == "Origin" }?.values.first
        return admit(
            address: client.remoteAddress,
            host: client.host,
            origin: origin,
            isForwarded: client.header.contains { $0.name == "Forwarded" || $0.name == "X-Forwarded-For" }
        )
    }
}
