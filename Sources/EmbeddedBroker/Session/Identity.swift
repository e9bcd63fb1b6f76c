import RESProtocol

/// Whom a client was taken for, and what that means.
struct Identity: Sendable {
    /// The user's name; of users with a key the public key; empty without users.
    var user = ""
    /// The account's name.
    var account = BrokerAccess.globalAccount
    /// Nil when everything is allowed.
    var rules: PermissionRules?
    /// What the user may use besides what its account may.
    var limits = UsageLimits()
    /// When it ends, in seconds since 1970; nil when it does not.
    var expires: Int64?
    /// Whether it ends because its account does.
    var expiresWithAccount = false
    /// The user's JWT; nil for one of the configuration.
    var jwt: JWT?
}
