/// The servers of a cluster that a client may connect to: those it was given, and those that the cluster
/// named since.
package struct ServerPool: Sendable {
    /// Servers that one cluster can add; further ones are passed over.
    package static let maximumDiscovered = 256

    private let given: [ServerAddress]
    private var discovered: [ServerAddress] = []
    private var position = 0

    /// A pool of the servers a user names, which are tried in this order. There must be one at least.
    package init(_ given: [ServerAddress]) {
        precondition(!given.isEmpty, "a pool has at least one server")
        self.given = given
    }

    /// How many different servers there are to try.
    package var count: Int { given.count + discovered.count }

    /// Takes the next server in turn.
    package mutating func next() -> ServerAddress {
        if position >= count { position = 0 }
        defer { position += 1 }
        return position < given.count ? given[position] : discovered[position - given.count]
    }

    /// Replaces what was discovered by the `connect_urls` of an INFO, each as `host:port`.
    ///
    /// What is no address is passed over. User, password and TLS are those of the first server given.
    ///
    /// - Parameter teller: the server that sent them; one that they name by its IP address shows the teller's certificate.
    /// - Returns: the servers that are new.
    package mutating func discover(_ urls: [String], from teller: ServerAddress? = nil) -> [ServerAddress] {
        let known = Set(discovered.map(\.place))
        var seen = Set(given.map(\.place))
        var found: [ServerAddress] = []
        for url in urls where found.count < ServerPool.maximumDiscovered {
            guard var address = try? ServerAddress(url), seen.insert(address.place).inserted else { continue }
            address.user = given.first?.user
            address.password = given.first?.password
            address.wantsTLS = given.first?.wantsTLS ?? false
            if address.isIPAddress, let teller, !teller.isIPAddress {
                address.certificateName = teller.certificateName ?? teller.host
            }
            found.append(address)
        }
        discovered = found
        return found.filter { !known.contains($0.place) }
    }
}

extension ServerAddress {
    /// The same for all addresses of one listener.
    fileprivate var place: String { "\(host):\(port)" }

    /// Whether the host is an IP address: it has a colon, or ends with a number, which no name does.
    fileprivate var isIPAddress: Bool {
        host.contains(":") || host.split(separator: ".").last.flatMap { UInt8($0) } != nil
    }
}
