package import RESProtocol

/// Decides about users with a JWT: operator → account → user, each signed by the one before.
package struct TrustChain: Sendable {
    /// The keys whose accounts are trusted.
    package let trustedKeys: Set<NKey>

    package init(trustedKeys: Set<NKey>) {
        self.trustedKeys = trustedKeys
    }

    /// A chain that begins with these operators.
    package init(operators: [OperatorClaims]) {
        trustedKeys = Set(operators.flatMap(\.trustedKeys))
    }

    /// What is known of a connection that wants to be a user's.
    package struct Connection: Sendable {
        /// What the client was asked to sign.
        package var nonce: String
        /// Its signature, in base 64; empty when it sent none.
        package var signature: String
        /// The client's IP address; nil when it has none.
        package var address: String?
        /// `STANDARD`, `WEBSOCKET` and so on.
        package var type: String
        /// Seconds since 1970.
        package var now: Int64
        /// How far a time zone is ahead of UTC, in seconds; an empty name is the server's own. Nil when it is not known.
        package var timeZoneOffset: @Sendable (_ name: String) -> Int64?

        package init(
            nonce: String,
            signature: String,
            address: String?,
            type: String = "STANDARD",
            now: Int64,
            timeZoneOffset: @escaping @Sendable (_ name: String) -> Int64? = {
                $0.isEmpty || $0 == "UTC" ? 0 : nil
            }
        ) {
            self.nonce = nonce
            self.signature = signature
            self.address = address
            self.type = type
            self.now = now
            self.timeZoneOffset = timeZoneOffset
        }
    }

    /// A user that was let in.
    package struct Admission: Hashable, Sendable {
        package let user: UserClaims
        package let account: AccountClaims
        /// What the user may do: its own permissions, its scope's, or its account's default.
        package let permissions: SubjectPermissions
        package let limits: UsageLimits
        /// When the connection ends, in seconds since 1970; nil when it does not.
        package let expires: Int64?
    }

    /// Reads an account JWT and checks that a trusted key signed it.
    ///
    /// - Parameter key: the account it must be about.
    package func account(_ text: String, key: NKey, at now: Int64) throws(JWTError) -> AccountClaims {
        let jwt = try JWT(text)
        try jwt.check(.account, at: now)
        let claims = try AccountClaims(jwt)
        guard claims.key == key else { throw .malformed("an account JWT of \(claims.key) instead of \(key)") }
        guard trustedKeys.contains(jwt.issuer) else { throw .untrustedIssuer(jwt.issuer.text) }
        return claims
    }

    /// Decides about a user.
    ///
    /// - Parameter lookUp: the JWT of an account, where it is known.
    package func admit(
        _ userText: String,
        on connection: Connection,
        lookUp: (NKey) -> String?
    ) throws(JWTError) -> Admission {
        let jwt = try JWT(userText)
        try jwt.check(.user, at: connection.now)
        var user = try UserClaims(jwt)
        guard let accountText = lookUp(user.account) else { throw .unknownAccount(user.account.text) }
        let account = try account(accountText, key: user.account, at: connection.now)
        try applyScope(to: &user, of: account)
        if user.isBearer {
            guard !account.forbidsBearers else { throw .bearerNotAllowed }
        } else {
            guard let signature = Base64URL.decode(connection.signature),
                jwt.subject.verify(Array(connection.nonce.utf8), signature: signature)
            else { throw .wrongNonceSignature }
        }
        guard !account.isRevoked(jwt.subject, issuedAt: jwt.issuedAt) else { throw .revoked }
        try checkOrigin(of: user, connection)
        let endOfTime = try endOfAllowedTime(of: user, connection)
        return Admission(
            user: user,
            account: account,
            permissions: user.permissions.isEmpty ? account.defaultPermissions : user.permissions,
            limits: user.limits,
            expires: [jwt.expires, account.jwt.expires, endOfTime].compactMap { $0 }.min()
        )
    }

    /// Checks that the account knows the key that signed, and puts its scope in place of what the user's JWT says.
    private func applyScope(to user: inout UserClaims, of account: AccountClaims) throws(JWTError) {
        guard user.jwt.issuer != account.key else { return }
        guard let known = account.signingKeys[user.jwt.issuer] else {
            throw .untrustedIssuer(user.jwt.issuer.text)
        }
        guard let scope = known else { return }
        guard user.permissions.isEmpty, user.limits == UsageLimits(nil), !user.isBearer else {
            throw .malformed("a user of a scoped key has permissions or limits of its own")
        }
        user.permissions = try PermissionTemplate(user: user, account: account).filled(scope.permissions)
        user.limits = scope.limits
        user.isBearer = scope.isBearer
        user.sources = scope.sources
        user.connectionTypes = scope.connectionTypes
    }

    private func checkOrigin(of user: UserClaims, _ connection: Connection) throws(JWTError) {
        let types = user.connectionTypes.map { $0.uppercased() }
        guard types.isEmpty || types.contains(connection.type.uppercased()) else {
            throw .notAllowedHere("over a connection of type \(connection.type)")
        }
        guard !user.sources.isEmpty else { return }
        guard let address = connection.address,
            user.sources.contains(where: { IPNetwork($0)?.contains(address) ?? false })
        else { throw .notAllowedHere("from \(connection.address ?? "an unknown address")") }
    }

    /// When the span of the day ends in which the user may be connected now; nil when there is none.
    private func endOfAllowedTime(of user: UserClaims, _ connection: Connection) throws(JWTError) -> Int64? {
        guard !user.times.isEmpty else { return nil }
        guard let offset = connection.timeZoneOffset(user.timeZone) else {
            throw .notAllowedHere("at times of the zone \"\(user.timeZone)\", which is not known here")
        }
        let day: Int64 = 86_400
        let second = Int(((connection.now + offset) % day + day) % day)
        let ends = user.times.filter { $0.contains(second) }.map { ($0.end - second + Int(day)) % Int(day) }
        guard let longest = ends.max() else { throw .notAllowedHere("at this time of day") }
        return connection.now + Int64(longest)
    }
}
