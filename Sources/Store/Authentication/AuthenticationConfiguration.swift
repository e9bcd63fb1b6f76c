package import RESProtocol

/// How users log in: by name and password of a table of the database, for a signed token.
package struct AuthenticationConfiguration: Hashable, Sendable {
    /// The table of users.
    package var table: String
    /// The column by which a user is known, as an address or a name.
    package var user: String
    /// The column of the password's hash (`$scrypt$…` as `resdev passwd` makes it, or bcrypt). It is never served.
    package var password: String
    /// Columns that a token carries besides the key, for rules: `:token.role`.
    package var claims: [String] = []
    /// How long a token is good, in seconds.
    package var lifetime: Int64 = 3600
    package var algorithm = TokenAlgorithm.hmac
    package var key = KeySource.automatic
    package var attempts = LoginLimits()
    /// Where each of these names stands in the configuration.
    package var positions: [String: ConfigurationPosition] = [:]

    /// Where the key comes from that tokens are signed with.
    package enum KeySource: Hashable, Sendable {
        /// A file beside the database, made when it is not there; for a database in memory, a new key for each run.
        case automatic
        /// A file, made when it is not there.
        case file(String)
        /// The key itself.
        case text(String)
    }

    package init(table: String, user: String, password: String) {
        self.table = table
        self.user = user
        self.password = password
    }
}

/// How a token is signed (RFC 7518, section 3.1; RFC 8037).
package enum TokenAlgorithm: String, Hashable, Sendable, CaseIterable {
    case hmac = "HS256"
    case ed25519 = "EdDSA"
}

/// How often somebody may try a wrong password.
package struct LoginLimits: Hashable, Sendable {
    /// Failures within `window` after which more are refused unseen; for one user, and for one address.
    package var count = 5
    /// In seconds.
    package var window: Int64 = 60
    /// Users and addresses that are remembered; beyond, those that failed longest ago are forgotten.
    package var remembered = 10_000
    /// Checks that wait for their turn; beyond, a login is refused.
    package var waiting = 256

    package init() {}
}
