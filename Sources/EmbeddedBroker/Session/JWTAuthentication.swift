import Glibc
import RESProtocol

/// Decides about clients whose users' accounts come from operators.
struct JWTAuthentication: Sendable {
    private let chain: TrustChain
    private let accounts: [NKey: String]
    private let pinned: Set<NKey>

    /// - Returns: nil when nobody is trusted.
    init?(_ trust: BrokerTrust) {
        guard !trust.trustedKeys.isEmpty else { return nil }
        chain = TrustChain(trustedKeys: trust.trustedKeys)
        accounts = trust.accounts
        pinned = trust.pinnedAccounts
    }

    /// Decides.
    func verdict(
        on options: ConnectOptions,
        _ circumstances: Authentication.Circumstances
    ) -> Authentication.Verdict {
        guard !options.jwt.isEmpty else { return .refused("there is no user JWT") }
        let connection = TrustChain.Connection(
            nonce: circumstances.nonce,
            signature: options.signature,
            address: circumstances.origin.address.isEmpty ? nil : circumstances.origin.address,
            type: circumstances.origin.transport.rawValue,
            now: circumstances.now.seconds,
            timeZoneOffset: { JWTAuthentication.offset(ofZone: $0, at: circumstances.now.seconds) }
        )
        do throws(JWTError) {
            let admission = try chain.admit(options.jwt, on: connection, lookUp: lookUp)
            return .accepted(Identity(admission))
        } catch {
            return .refused("\(error)", isRevoked: error == .revoked)
        }
    }

    private func lookUp(_ account: NKey) -> String? {
        guard pinned.isEmpty || pinned.contains(account) else { return nil }
        return accounts[account]
    }

    /// How far a time zone is ahead of UTC; the server's own has no name.
    private static func offset(ofZone name: String, at seconds: Int64) -> Int64? {
        switch name {
        case "UTC": return 0
        case "", "Local":
            var time = time_t(seconds)
            var parts = tm()
            guard localtime_r(&time, &parts) != nil else { return nil }
            return Int64(parts.tm_gmtoff)
        default: return nil
        }
    }
}

extension Identity {
    fileprivate init(_ admission: TrustChain.Admission) {
        let accountExpires = admission.account.jwt.expires
        self.init(
            user: admission.user.jwt.subject.text,
            account: admission.account.key.text,
            rules: PermissionRules(admission.permissions),
            limits: admission.limits,
            expires: admission.expires,
            expiresWithAccount: accountExpires != nil && accountExpires == admission.expires
                && admission.user.jwt.expires != accountExpires,
            jwt: admission.user.jwt
        )
    }
}
