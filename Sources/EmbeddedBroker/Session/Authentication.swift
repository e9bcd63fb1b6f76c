import RESProtocol

/// Decides whom a client is taken for, by what it presents in CONNECT.
struct Authentication: Sendable {
    /// One who may come in.
    private struct Entry: Sendable {
        let identity: Identity
        /// Plain, or a hash; nil for one whom a key or a certificate identifies.
        let password: String?
        let key: NKey?
        let connectionTypes: [String]

        func allows(_ transport: ClientOrigin.Transport) -> Bool {
            connectionTypes.isEmpty || connectionTypes.contains(transport.rawValue)
        }
    }

    private var users: [String: Entry] = [:]
    private let token: String?
    private let webSocket: BrokerWebSocket?
    private let userWithoutCredentials: String?
    private let mapsCertificates: Bool
    private let jwt: JWTAuthentication?

    /// Anyone may come in.
    init() { self.init(BrokerAccess()) }

    /// - Parameters:
    ///   - webSocket: the listener that may have users of its own.
    ///   - mapsCertificates: whether certificates say who a client is.
    init(_ access: BrokerAccess, webSocket: BrokerWebSocket? = nil, mapsCertificates: Bool = false) {
        token = access.token
        self.webSocket = webSocket
        userWithoutCredentials = access.userWithoutCredentials
        self.mapsCertificates = mapsCertificates
        jwt = access.trust.flatMap { JWTAuthentication($0) }
        add(access.users, account: BrokerAccess.globalAccount, defaults: access.defaultPermissions)
        for account in access.accounts {
            add(account.users, account: account.name, defaults: account.defaultPermissions)
        }
    }

    private mutating func add(_ added: [BrokerUser], account: String, defaults: SubjectPermissions?) {
        for user in added {
            let permissions = user.permissions ?? defaults
            let identity = Identity(
                user: user.name,
                account: account,
                rules: permissions.flatMap { PermissionRules($0) }
            )
            users[user.name] = Entry(
                identity: identity,
                password: user.password,
                key: user.key,
                connectionTypes: user.connectionTypes
            )
        }
    }

    /// Whether there is anything to present at all.
    var isConfigured: Bool { !users.isEmpty || token != nil || jwt != nil }

    /// Whether clients are asked to sign a nonce.
    var needsNonce: Bool { jwt != nil || users.values.contains { $0.key != nil } }

    /// Whether a client must present something.
    func isRequired(for transport: ClientOrigin.Transport = .tcp) -> Bool {
        if transport == .webSocket, webSocket?.access != nil { return true }
        return isConfigured && anonymous(for: transport) == nil
    }

    /// Whom a client is taken for that presents nothing; nil when it is refused.
    func anonymous(for transport: ClientOrigin.Transport = .tcp) -> Identity? {
        guard isConfigured else { return Identity() }
        let special = transport == .webSocket ? webSocket?.userWithoutCredentials : nil
        guard jwt == nil, let name = special ?? userWithoutCredentials else { return nil }
        return users[name]?.identity
    }

    /// What is decided of a client.
    enum Verdict {
        case accepted(Identity)
        /// Refused; the reason is for the log alone.
        case refused(String, isRevoked: Bool = false)
        /// It may come in if its password is the one that was hashed, which takes long to find out.
        case ifMatching(PasswordHash, password: String, Identity)
    }

    /// What is known of a client besides its CONNECT.
    struct Circumstances {
        var origin = ClientOrigin()
        /// What it was asked to sign.
        var nonce = ""
        var now = WallTime(nanoseconds: 0)
    }

    /// Decides.
    ///
    /// Secrets are compared in a time that does not depend on where they differ.
    func verdict(on options: ConnectOptions, _ circumstances: Circumstances = Circumstances()) -> Verdict {
        let origin = circumstances.origin
        var options = options
        options.takeMissing(from: origin.cookies)
        if origin.transport == .webSocket, let access = webSocket?.access {
            return verdict(on: options, by: access)
        }
        guard isConfigured else { return .accepted(Identity(user: options.user)) }
        if let jwt { return jwt.verdict(on: options, circumstances) }
        if !options.nkey.isEmpty, needsNonce {
            guard let entry = users[options.nkey], let key = entry.key else {
                return .refused("the key is unknown")
            }
            return verdict(on: options, key, entry, circumstances)
        }
        if options.presentsNothing, let identity = anonymous(for: origin.transport) {
            return .accepted(identity)
        }
        if mapsCertificates, origin.isEncrypted { return verdict(byCertificate: origin) }
        if let token { return compare(token, options.token, Identity()) }
        guard let entry = users[options.user], entry.key == nil, entry.allows(origin.transport) else {
            // An unknown name costs what a wrong password costs.
            _ = Authentication.areEqual("", options.password)
            return .refused("the user is unknown or may not connect this way")
        }
        return compare(entry.password ?? "", options.password, entry.identity)
    }

    private func verdict(on options: ConnectOptions, by access: BrokerWebSocket.Access) -> Verdict {
        if let token = access.token { return compare(token, options.token, Identity()) }
        guard let user = access.user, user == options.user else { return .refused("the user is unknown") }
        return compare(access.password ?? "", options.password, Identity(user: user))
    }

    private func verdict(
        on options: ConnectOptions,
        _ key: NKey,
        _ entry: Entry,
        _ circumstances: Circumstances
    ) -> Verdict {
        guard entry.allows(circumstances.origin.transport) else {
            return .refused("not over this kind of connection")
        }
        guard let signature = Base64.decode(options.signature),
            key.verify(Array(circumstances.nonce.utf8), signature: signature)
        else { return .refused("the nonce is not signed with the user's key") }
        return .accepted(entry.identity)
    }

    private func verdict(byCertificate origin: ClientOrigin) -> Verdict {
        for name in origin.certificateNames {
            if let entry = users[name], entry.allows(origin.transport) { return .accepted(entry.identity) }
        }
        return .refused("no user is called what the certificate says")
    }

    private func compare(_ secret: String, _ given: String, _ identity: Identity) -> Verdict {
        if let hash = PasswordHash(secret) { return .ifMatching(hash, password: given, identity) }
        return Authentication.areEqual(secret, given)
            ? .accepted(identity) : .refused("the password is wrong")
    }

    private static func areEqual(_ left: String, _ right: String) -> Bool {
        let expected = Array(left.utf8)
        let given = Array(right.utf8)
        var difference = expected.count ^ given.count
        for index in given.indices {
            difference |= Int(given[index] ^ (index < expected.count ? expected[index] : 0))
        }
        return difference == 0
    }
}

extension ConnectOptions {
    /// Whether there is neither a user nor a password nor a token. Keys and JWTs that nobody asks for do not count.
    var presentsNothing: Bool { user.isEmpty && password.isEmpty && token.isEmpty }

    /// Fills in what cookies hold.
    fileprivate mutating func takeMissing(from cookies: ClientOrigin.Credentials) {
        if jwt.isEmpty, let value = cookies.jwt { jwt = value }
        if user.isEmpty, let value = cookies.user { user = value }
        if password.isEmpty, let value = cookies.password { password = value }
        if token.isEmpty, let value = cookies.token { token = value }
    }
}
