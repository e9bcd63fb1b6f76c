package import RESProtocol

/// Who may come in, and as whom. Without users, token and operators, anyone may.
public struct BrokerAccess: Sendable {
    /// The name of the account for users that are in no other.
    public static let globalAccount = "$G"

    /// Users of the global account.
    public var users: [BrokerUser] = []
    /// A secret that lets anyone in who presents it; plain, or a bcrypt hash.
    public var token: String?
    /// The user that clients are taken for who present nothing; nil when they are refused.
    public var userWithoutCredentials: String?
    /// How long a client may take to present its credentials.
    public var timeout: Duration = .seconds(2)
    /// Subject spaces of their own, with their users.
    public var accounts: [BrokerAccount] = []
    /// The account whose users may ask the server about itself. It exists even when it is not among `accounts`; nil for none.
    public var systemAccount: String? = "$SYS"
    /// What users of the global account may do for whom nothing is said.
    public var defaultPermissions: SubjectPermissions?
    /// How subjects of the global account are rewritten.
    public var mappings: [BrokerMapping] = []
    /// Operators whose accounts' users come in with a JWT; nil when there are none.
    package var trust: BrokerTrust?

    /// Anyone may come in.
    public init() {}
}

/// One who may come in: by name and password, or by a key.
public struct BrokerUser: Sendable, Hashable {
    /// The name; for a user with a key, the public key.
    public var name: String
    /// The password, plain or as a bcrypt hash; nil for a user with a key, or one whom a certificate names.
    public var password: String?
    /// The key whose owner is the user.
    package var key: NKey?
    /// What it may do; nil when its account's default counts.
    public var permissions: SubjectPermissions?
    /// Kinds of connection that it may use, `STANDARD`, `WEBSOCKET` and so on; empty for all.
    public var connectionTypes: [String] = []

    /// A user with a name and a password, plain or as a bcrypt hash.
    public init(name: String, password: String) {
        self.name = name
        self.password = password
    }

    /// A user whom the key of an nkey identifies: the client signs what the server asks it to.
    ///
    /// - Parameter publicKey: 56 characters that begin with `U`.
    /// - Returns: nil when it is no public key of a user.
    public init?(publicKey: String) {
        guard let key = try? NKey(publicKey), key.role == .user else { return nil }
        name = publicKey
        self.key = key
    }

    /// A user whom a key, or a certificate, identifies.
    package init(name: String, key: NKey?) {
        self.name = name
        self.key = key
    }
}

/// A subject space of its own.
///
/// Exports, imports and mappings that are not valid, or do not suit each other, have no effect.
public struct BrokerAccount: Sendable, Hashable {
    /// The name, by which users and imports refer to it.
    public var name: String
    /// Those who come in as this account's clients.
    public var users: [BrokerUser] = []
    /// What people call it where `name` is a key; nil for `name`.
    package var displayName: String?
    /// The key the account is known by to others.
    package var key: NKey?
    /// What users may do for whom nothing is said.
    public var defaultPermissions: SubjectPermissions?
    /// What all its clients together may use.
    public var limits = Limits()
    /// Subjects that it lets other accounts use.
    public var exports: [BrokerExport] = []
    /// Subjects of other accounts that it uses.
    public var imports: [BrokerImport] = []
    /// How subjects are rewritten that its clients publish to.
    public var mappings: [BrokerMapping] = []

    /// Limits of an account; nil is no limit.
    public struct Limits: Sendable, Hashable {
        /// Clients at the same time.
        public var connections: Int?
        /// Subscriptions of all clients.
        public var subscriptions: Int?
        /// Header block and payload of one message, in bytes.
        public var payload: Int?

        /// No limits.
        public init() {}
    }

    /// An account without users, imports and exports.
    public init(name: String) {
        self.name = name
    }
}

/// Subjects that an account lets others use.
public struct BrokerExport: Sendable, Hashable {
    /// What may be used.
    public enum Kind: Hashable, Sendable {
        /// Messages go from this account to others.
        case stream
        /// Requests come from others to this account, and answers go back.
        case service(Answers)
    }

    /// How many answers a request has.
    public enum Answers: String, Hashable, Sendable {
        /// One message.
        case singleton
        /// Any number of messages.
        case stream
        /// Messages up to one without a payload.
        case chunked
    }

    /// What may be used.
    public var kind: Kind
    /// A pattern of this account's subjects.
    public var subject: String
    /// The accounts that may import it; nil for all.
    public var accounts: [String]?
    /// Which token of the subject must be the importer's name, counted from one; nil for none.
    public var accountTokenPosition: Int?
    /// How long after a request an answer may come; nil for the default.
    public var responseThreshold: Duration?

    /// An export that all accounts may import.
    public init(kind: Kind, subject: String) {
        self.kind = kind
        self.subject = subject
    }
}

/// Subjects of another account that an account uses.
public struct BrokerImport: Sendable, Hashable {
    /// Whether requests go out and answers come back; else messages come in.
    public var isService: Bool
    /// The other account.
    public var account: String
    /// As the other account calls it.
    public var subject: String
    /// As this account calls it; nil when it is called the same. May hold `$1` and so on for the other's wildcards.
    public var localSubject: String?
    /// Whether the other account is told who asks (`share`).
    public var shares: Bool = false

    /// An import under the other account's own name for the subject.
    public init(isService: Bool, account: String, subject: String) {
        self.isService = isService
        self.account = account
        self.subject = subject
    }
}

/// How what is published to a subject is delivered under others.
public struct BrokerMapping: Sendable, Hashable {
    /// A subject that messages are delivered under.
    public struct Destination: Sendable, Hashable {
        /// May hold `$1` and so on for the source's wildcards.
        public var subject: String
        /// Its share in per cent, 0 to 100.
        public var weight: Int

        /// - Parameters:
        ///   - subject: may hold `$1` and so on for the source's wildcards.
        ///   - weight: its share in per cent, 0 to 100.
        public init(subject: String, weight: Int) {
            self.subject = subject
            self.weight = weight
        }
    }

    /// The pattern that is published to.
    public var source: String
    /// What takes its place; of several one is chosen by its weight.
    public var destinations: [Destination]

    /// What is published to `source` is delivered under one of the destinations.
    public init(source: String, destinations: [Destination]) {
        self.source = source
        self.destinations = destinations
    }
}

/// Whom the broker trusts to sign accounts, and the accounts it knows.
package struct BrokerTrust: Sendable, Hashable {
    package var operators: [OperatorClaims] = []
    /// Further keys that may sign accounts (`trusted_keys`).
    package var keys: [NKey] = []
    /// The JWTs of accounts by their public key.
    package var accounts: [NKey: String] = [:]
    /// Accounts that alone may be used; empty for all (`resolver_pinned_accounts`).
    package var pinnedAccounts: Set<NKey> = []

    /// The folder that holds further accounts' JWTs, which the system account's users may change; nil without one.
    package var folder: AccountFolder?

    package init() {}

    /// All keys whose accounts are trusted.
    package var trustedKeys: Set<NKey> { Set(operators.flatMap(\.trustedKeys) + keys) }
}
