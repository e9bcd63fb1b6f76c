package import RESProtocol

/// What an account JWT says.
package struct AccountClaims: Hashable, Sendable {
    package let jwt: JWT
    /// The account.
    package var key: NKey { jwt.subject }
    /// Limits of a message and of all subscriptions.
    package var limits: UsageLimits
    /// Connections at a time; -1 for any number.
    package var maximumConnections: Int64
    /// Whether bearer users are refused.
    package var forbidsBearers: Bool
    /// Further keys that may sign users, each with a scope that binds what it signs, or with none.
    package var signingKeys: [NKey: Scope?]
    /// Users that were taken back: JWTs issued up to that second. `*` stands for all users.
    package var revocations: [String: Int64]
    /// What users may do whose JWT says nothing.
    package var defaultPermissions: SubjectPermissions
    package var exports: [Export]
    package var imports: [Import]
    /// Where messages go that are published to a subject: others, and their shares in per cent.
    package var mappings: [String: [(subject: String, weight: Int)]] {
        AccountClaims.mappings(jwt.claims["mappings"])
    }
    package var tags: [String]

    /// What every user of a scoped signing key gets.
    package struct Scope: Hashable, Sendable {
        package var role: String
        package var permissions: SubjectPermissions
        package var limits: UsageLimits
        package var isBearer: Bool
        package var sources: [String]
        package var connectionTypes: [String]
    }

    /// Whether subjects are streams of messages or services that answer.
    package enum SharedKind: String, Hashable, Sendable {
        case stream, service
    }

    /// Subjects that other accounts may import.
    package struct Export: Hashable, Sendable {
        package var kind: SharedKind
        package var subject: String
        /// Whether the importer needs an activation that this account signed.
        package var needsActivation: Bool
        /// Activations that were taken back.
        package var revocations: [String: Int64]
        /// How many answers a service gives: `Singleton`, `Stream` or `Chunked`; empty for one.
        package var responseType = ""
        /// How long an answer may take, in nanoseconds; zero for the default.
        package var responseThreshold: Int64 = 0
        /// Which token must be the importer's key, from one on; zero for none.
        package var accountTokenPosition = 0
    }

    /// Subjects of another account.
    package struct Import: Hashable, Sendable {
        package var kind: SharedKind
        /// As the other account calls it.
        package var subject: String
        package var account: NKey
        /// As this account calls it; empty when it is called the same.
        package var localSubject: String
        /// The activation, where the export needs one.
        package var activation: String
        /// Of a stream what this account puts before `subject`; of a service how the other account calls it. The older
        /// way to say it; empty when `localSubject` counts.
        package var to = ""
        /// Whether the other account is told who asks.
        package var shares = false
    }

    /// Reads an account JWT, whose signature and time the caller has checked.
    package init(_ jwt: JWT) throws(JWTError) {
        guard jwt.kind == .account else { throw .wrongKind(expected: .account, found: jwt.kind.rawValue) }
        guard jwt.subject.role == .account, jwt.issuer.role == .operator || jwt.issuer.role == .account else {
            throw .malformed("an account JWT is about an account key and signed by an operator key")
        }
        let claims = jwt.claims
        self.jwt = jwt
        limits = UsageLimits(claims["limits"])
        maximumConnections = claims["limits"]?["conn"]?.integer ?? 0
        forbidsBearers = claims["limits"]?["disallow_bearer"]?.bool ?? false
        signingKeys = try AccountClaims.signingKeys(claims["signing_keys"])
        revocations = AccountClaims.times(claims["revocations"])
        defaultPermissions = SubjectPermissions(claims["default_permissions"])
        exports = claims["exports"]?.elements.compactMap(Export.init) ?? []
        imports = claims["imports"]?.elements.compactMap(Import.init) ?? []
        tags = claims["tags"]?.elements.compactMap(\.string) ?? []
    }

    /// Whether a user was taken back after its JWT was issued.
    package func isRevoked(_ user: NKey, issuedAt: Int64) -> Bool {
        [user.text, "*"].contains { revocations[$0].map { $0 >= issuedAt } ?? false }
    }

    private static func signingKeys(_ json: JSONSlice?) throws(JWTError) -> [NKey: Scope?] {
        var keys: [NKey: Scope?] = [:]
        for element in json.map({ Array($0.elements) }) ?? [] {
            guard let text = element.string ?? element["key"]?.string, let key = try? NKey(text),
                key.role == .account
            else { throw .malformed("\"signing_keys\" has an entry that is no account key") }
            keys.updateValue(element.kind == .object ? Scope(element) : nil, forKey: key)
        }
        return keys
    }

    private static func mappings(_ json: JSONSlice?) -> [String: [(subject: String, weight: Int)]] {
        var mappings: [String: [(subject: String, weight: Int)]] = [:]
        for (name, value) in json?.members ?? JSONSlice.null.members {
            guard let name = name.string else { continue }
            mappings[name] = value.elements.compactMap { element in
                guard let subject = element["subject"]?.string else { return nil }
                return (subject, Int(clamping: element["weight"]?.integer ?? 100))
            }
        }
        return mappings
    }

    fileprivate static func times(_ json: JSONSlice?) -> [String: Int64] {
        var times: [String: Int64] = [:]
        for (name, value) in json?.members ?? JSONSlice.null.members {
            if let name = name.string, let time = value.integer { times[name] = time }
        }
        return times
    }
}

extension AccountClaims.Scope {
    init(_ json: JSONSlice) {
        let template = json["template"]
        role = json["role"]?.string ?? ""
        permissions = SubjectPermissions(template)
        limits = UsageLimits(template)
        isBearer = template?["bearer_token"]?.bool ?? false
        sources = template?["src"]?.elements.compactMap(\.string) ?? []
        connectionTypes = template?["allowed_connection_types"]?.elements.compactMap(\.string) ?? []
    }
}

extension AccountClaims.Export {
    init?(_ json: JSONSlice) {
        guard let kind = AccountClaims.SharedKind(rawValue: json["type"]?.string ?? ""),
            let subject = json["subject"]?.string
        else { return nil }
        self.kind = kind
        self.subject = subject
        needsActivation = json["token_req"]?.bool ?? false
        revocations = AccountClaims.times(json["revocations"])
        responseType = json["response_type"]?.string ?? ""
        responseThreshold = json["response_threshold"]?.integer ?? 0
        accountTokenPosition = Int(clamping: json["account_token_position"]?.integer ?? 0)
    }
}

extension AccountClaims.Import {
    init?(_ json: JSONSlice) {
        guard let kind = AccountClaims.SharedKind(rawValue: json["type"]?.string ?? ""),
            let subject = json["subject"]?.string, let text = json["account"]?.string,
            let account = try? NKey(text)
        else { return nil }
        self.kind = kind
        self.subject = subject
        self.account = account
        localSubject = json["local_subject"]?.string ?? ""
        to = json["to"]?.string ?? ""
        shares = json["share"]?.bool ?? false
        activation = json["token"]?.string ?? ""
    }
}
