import RESProtocol

import struct NIOCore.ByteBuffer

/// Who has logged in to a store, and with what: tokens, the users behind them, and failed attempts.
///
/// Confined to the database thread. Times are seconds since 1970, given by the caller.
final class Authentication {
    let configuration: AuthenticationConfiguration
    let serviceName: String
    let signer: TokenSigner
    let users: UserReader
    var limiter: LoginLimiter
    /// Users that connections hold a token of, by the id of the token.
    private(set) var sessions: [String: Session] = [:]
    /// Passwords to be checked beside the database thread.
    var checks: [PasswordCheck] = []
    /// Checks that are asked for and not answered.
    var pendingChecks = 0

    /// A user whose token some connection holds, or may hold.
    struct Session {
        let key: RowKey
        /// What the token depends on, as of when it was made.
        let version: String
        /// When the last of the tokens ends.
        let expires: Int64
        let deadline: Instant
    }

    /// Sessions that are followed; beyond, the ones that end first are left to their end.
    static let maximumSessions = 100_000
    /// The methods that can be called without a connection that keeps the token.
    let callable = "login,renew"

    init(
        _ configuration: AuthenticationConfiguration,
        serviceName: String,
        signer: TokenSigner,
        users: UserReader
    ) {
        self.configuration = configuration
        self.serviceName = serviceName
        self.signer = signer
        self.users = users
        limiter = LoginLimiter(configuration.attempts)
    }

    /// Goes on where an earlier one left off.
    func take(over earlier: Authentication) {
        limiter = earlier.limiter
        sessions = earlier.sessions
        nextDeadline = earlier.nextDeadline
        checks = earlier.checks
        pendingChecks = earlier.pendingChecks
    }

    /// The id of the tokens of a user, and the name of the user's row.
    func tokenID(_ key: RowKey) -> String { users.table.rowName(key) }

    /// What goes to gateways, and from there into rules: who it is, the claims, and when it ends.
    func connectionToken(_ user: User, expires: Int64) -> JSONSlice {
        var buffer = ByteBuffer()
        buffer.writeStaticString("{\"rid\":")
        buffer.writeJSON(tokenID(user.key))
        buffer.writeStaticString(",\"sub\":")
        let affinities = users.table.keyColumns.map(\.affinity)
        switch user.key.bindings.count == 1 ? user.key.bindings[0] : nil {
        case .integer(let id): buffer.writeJSON(id)
        case .text(let text): buffer.writeJSON(text.string)
        default: buffer.writeJSON(user.key.encoded(as: affinities))
        }
        buffer.writeStaticString(",\"user\":")
        if case .text(let name) = user.name { buffer.writeJSON(name.string) } else { buffer.writeJSON(.null) }
        for claim in user.claims where !["rid", "sub", "user", "exp", "pv"].contains(claim.name) {
            buffer.writeStaticString(",")
            buffer.writeJSON(claim.name)
            buffer.writeStaticString(":")
            buffer.writeJSON(claim.value)
        }
        buffer.writeStaticString(",\"exp\":")
        buffer.writeJSON(expires)
        buffer.writeStaticString(",\"pv\":")
        buffer.writeJSON(user.passwordVersion)
        buffer.writeStaticString("}")
        return JSONSlice(unchecked: buffer)
    }

    /// The signed token that a client keeps.
    func signedToken(_ user: User, issued: Int64, expires: Int64) -> String? {
        var claims = ByteBuffer()
        claims.writeStaticString("{\"iss\":")
        claims.writeJSON(serviceName)
        claims.writeStaticString(",\"sub\":")
        claims.writeJSON(user.key.encoded(as: users.table.keyColumns.map(\.affinity)))
        claims.writeStaticString(",\"iat\":")
        claims.writeJSON(issued)
        claims.writeStaticString(",\"exp\":")
        claims.writeJSON(expires)
        claims.writeStaticString(",\"pv\":")
        claims.writeJSON(user.passwordVersion)
        claims.writeStaticString("}")
        return signer.sign(JSONSlice(unchecked: claims))
    }

    /// The user of a signed token, as the table has it now, and when the token ends; nil when the token is not ours,
    /// has ended, or was made before the password changed.
    func user(ofSigned token: String, at now: Int64) throws(SQLiteError) -> (user: User, expires: Int64)? {
        guard let claims = signer.verify(token), claims["iss"]?.string == serviceName,
            let part = claims["sub"]?.string, let expires = claims["exp"]?.integer, now < expires
        else { return nil }
        let table = users.table
        let affinities = table.keyColumns.map(\.affinity)
        guard let key = RowKey(decoding: part[...], key: table.key, affinities: affinities),
            let user = try users.user(key), claims["pv"]?.string == user.passwordVersion
        else { return nil }
        return (user, expires)
    }

    /// The user of a connection's token, likewise.
    func user(of token: JSONSlice?, at now: Int64) throws(SQLiteError) -> (user: User, expires: Int64)? {
        let prefix = users.table.resourceName + "."
        guard let token, let name = token["rid"]?.string, name.hasPrefix(prefix),
            let expires = token["exp"]?.integer, now < expires
        else { return nil }
        let table = users.table
        let affinities = table.keyColumns.map(\.affinity)
        guard
            let key = RowKey(
                decoding: name.dropFirst(prefix.count),
                key: table.key,
                affinities: affinities
            ),
            let user = try users.user(key), token["pv"]?.string == user.passwordVersion
        else { return nil }
        return (user, expires)
    }

    /// A connection has got a token: from now on the user's row is followed.
    func follow(_ user: User, expires: Int64, deadline: Instant) {
        let id = tokenID(user.key)
        if let known = sessions[id], known.expires >= expires, known.version == user.version { return }
        if sessions.count >= Authentication.maximumSessions, sessions[id] == nil {
            let first = sessions.sorted { $0.value.expires < $1.value.expires }
            for (id, _) in first.prefix(Authentication.maximumSessions / 10) { sessions[id] = nil }
        }
        let last = max(deadline, sessions[id]?.deadline ?? 0)
        let end = max(expires, sessions[id]?.expires ?? 0)
        sessions[id] = Session(key: user.key, version: user.version, expires: end, deadline: last)
        nextDeadline = min(nextDeadline ?? .max, last)
    }

    /// When the next session ends, as far as is known; nil when none is open.
    private(set) var nextDeadline: Instant?

    /// The ids of tokens that have ended by now. They are followed no more.
    func takeEnded(now: Instant) -> [String] {
        guard let nextDeadline, nextDeadline <= now else { return [] }
        let ended = sessions.filter { $0.value.deadline <= now }.keys.sorted()
        for id in ended { sessions[id] = nil }
        self.nextDeadline = sessions.values.map(\.deadline).min()
        return ended
    }

    /// The ids of tokens whose users are no longer what they were.
    ///
    /// - Parameter keys: the rows that may have changed; nil for all.
    func outdated(among keys: [RowKey]?) throws(SQLiteError) -> [String] {
        var ids: [String] = []
        if let keys {
            for key in keys { try check(tokenID(key), &ids) }
        } else {
            for id in sessions.keys.sorted() { try check(id, &ids) }
        }
        return ids
    }

    private func check(_ id: String, _ outdated: inout [String]) throws(SQLiteError) {
        guard let session = sessions[id] else { return }
        let user = try users.user(session.key)
        guard user?.version != session.version else { return }
        // Connections that hold the token ask about it now, and are followed from then on.
        sessions[id] = nil
        outdated.append(id)
    }
}

/// A password that a login gives, and what it has to match.
struct PasswordCheck: Sendable {
    let request: AuthenticationRequest
    let user: String
    let password: String
    let hash: StoredPassword?

    /// Takes as long for a user that is not there as for one that is. Blocks for tens of milliseconds.
    func verdict() -> PasswordVerdict {
        let matches = (hash ?? .ofNobody)?.matches(password) ?? false
        return PasswordVerdict(check: self, isRight: matches && hash != nil)
    }
}

/// What became of a check.
struct PasswordVerdict: Sendable {
    let check: PasswordCheck
    let isRight: Bool
}

/// A request of `$auth`: by a connection that keeps the token, or a call whose answer alone counts.
struct AuthenticationRequest: Sendable {
    let method: String
    /// The connection; nil for a call.
    let connection: String?
    let token: JSONSlice?
    let params: JSONSlice?
    /// The values of the header field `Authorization`.
    let authorization: [String]
    /// The client's IP address, without its port; empty when it is not known.
    let address: String
    let reply: Subject?
}
