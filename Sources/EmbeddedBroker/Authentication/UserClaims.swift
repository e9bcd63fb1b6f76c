package import RESProtocol

/// What a user JWT says.
package struct UserClaims: Hashable, Sendable {
    package let jwt: JWT
    /// The account that the user belongs to.
    package let account: NKey
    package var permissions: SubjectPermissions
    package var limits: UsageLimits
    /// Whether the JWT alone is enough, without a signature of the nonce.
    package var isBearer: Bool
    /// Networks that the user may come from; empty for all.
    package var sources: [String]
    /// Times of day at which the user may be connected; empty for all.
    package var times: [DayTime]
    /// The time zone of `times`; empty for the server's own.
    package var timeZone: String
    /// Kinds of connection that are allowed, such as `STANDARD` and `WEBSOCKET`; empty for all.
    package var connectionTypes: [String]
    package var tags: [String]

    /// A span of a day, `hh:mm:ss`; it may go over midnight.
    package struct DayTime: Hashable, Sendable {
        /// Seconds since midnight.
        package let start: Int
        package let end: Int

        /// Whether a second of the day lies in it.
        package func contains(_ second: Int) -> Bool {
            start <= end ? start...end ~= second : second >= start || second <= end
        }
    }

    /// Reads a user JWT, whose signature and time the caller has checked.
    package init(_ jwt: JWT) throws(JWTError) {
        guard jwt.kind == .user else { throw .wrongKind(expected: .user, found: jwt.kind.rawValue) }
        guard jwt.subject.role == .user, jwt.issuer.role == .account else {
            throw .malformed("a user JWT is about a user key and signed by an account key")
        }
        let claims = jwt.claims
        self.jwt = jwt
        if let account = claims["issuer_account"]?.string, !account.isEmpty {
            guard let key = try? NKey(account), key.role == .account else {
                throw .malformed("\"issuer_account\" is no account key")
            }
            self.account = key
        } else {
            account = jwt.issuer
        }
        permissions = SubjectPermissions(claims)
        limits = UsageLimits(claims)
        isBearer = claims["bearer_token"]?.bool ?? false
        sources = UserClaims.sources(claims["src"])
        times = try UserClaims.times(claims["times"])
        timeZone = claims["times_location"]?.string ?? ""
        connectionTypes = claims["allowed_connection_types"]?.elements.compactMap(\.string) ?? []
        tags = claims["tags"]?.elements.compactMap(\.string) ?? []
    }

    /// An array of networks, or a text of them with commas, as older versions wrote it.
    private static func sources(_ json: JSONSlice?) -> [String] {
        if let text = json?.string { return text.split(separator: ",").map { $0.filter { $0 != " " } } }
        return json?.elements.compactMap(\.string) ?? []
    }

    private static func times(_ json: JSONSlice?) throws(JWTError) -> [DayTime] {
        var times: [DayTime] = []
        for element in json.map({ Array($0.elements) }) ?? [] {
            guard let start = secondOfDay(element["start"]?.string),
                let end = secondOfDay(element["end"]?.string)
            else { throw .malformed("\"times\" has an entry that is not two times as hh:mm:ss") }
            times.append(DayTime(start: start, end: end))
        }
        return times
    }

    private static func secondOfDay(_ text: String?) -> Int? {
        let parts = text?.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) } ?? []
        guard parts.count == 3, let hour = parts[0], let minute = parts[1], let second = parts[2],
            0..<24 ~= hour, 0..<60 ~= minute, 0..<60 ~= second
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }
}
