import Logging
import RESProtocol

import struct NIOCore.ByteBuffer

extension ClientSession {
    func connected(_ json: ByteBuffer) -> ConnectVerdict {
        guard !isClosed else { return .refused }
        guard options.merge(json: json) else {
            log(.error, "CONNECT holds no JSON object whose members have the right types")
            end(.protocolViolation)
            return .refused
        }
        dropSubscriptions()
        guard options.account.isEmpty, !options.wantsNewAccount else {
            return refuse("a client may not choose its account")
        }
        switch environment.authentication.verdict(on: options, circumstances) {
        case .accepted(let identity): return admit(identity)
        case .refused(let reason, _): return refuse(reason)
        case .ifMatching(let hash, let password, let identity):
            return check(hash, password: password, identity)
        }
    }

    /// What is known of the client besides its CONNECT.
    var circumstances: Authentication.Circumstances {
        Authentication.Circumstances(origin: origin, nonce: nonce, now: environment.wallTime())
    }

    /// Has a password checked beside the loop; nothing of the client is acted on meanwhile.
    private func check(_ hash: PasswordHash, password: String, _ identity: Identity) -> ConnectVerdict {
        var result: Bool?
        var isWaiting = false
        environment.checkPassword(hash, password) { [weak self] matches in
            guard isWaiting else {
                result = matches
                return
            }
            self?.passwordChecked(matches, hash, identity)
        }
        if let result {
            verifiedHash = result ? hash : nil
            return result ? admit(identity) : refuse("the password is wrong")
        }
        isWaiting = true
        connection?.pauseReading()
        return .pending
    }

    private func passwordChecked(_ matches: Bool, _ hash: PasswordHash, _ identity: Identity) {
        guard !isClosed else { return }
        verifiedHash = matches ? hash : nil
        let verdict = matches ? admit(identity) : refuse("the password is wrong")
        guard case .accepted(let headers, let maximumPayload) = verdict else { return }
        connection?.resumeReading()
        router.publisher = self
        defer { router.publisher = nil }
        do {
            try parser.resume(headers: headers, maximumPayload: maximumPayload, into: self)
        } catch {
            fail(error)
        }
    }

    private func refuse(_ reason: String) -> ConnectVerdict {
        refusal = reason
        environment.events?.refused(self)
        log(.error, "authentication error\(refusedUser)")
        log(.debug, "refused: \(reason)")
        end(.authenticationFailure, saying: .authorizationViolation)
        return .refused
    }

    /// Takes the client for a user, and checks what only then can be checked.
    private func admit(_ identity: Identity) -> ConnectVerdict {
        let account = router.account(named: identity.account)
        if !hasJoined || account !== self.account {
            guard account.hasRoom else {
                log(.error, ServerError.maximumAccountConnections.text)
                end(.maximumAccountConnections, saying: .maximumAccountConnections)
                return .refused
            }
        }
        take(identity, in: account)
        guard 0...1 ~= options.protocolLevel else {
            log(.error, ServerError.invalidClientProtocol.text)
            end(.badClientProtocol, saying: .invalidClientProtocol)
            return .refused
        }
        guard options.headers || !options.noResponders else {
            log(.error, ServerError.noRespondersNeedHeaders.text)
            end(.noRespondersNeedHeaders, saying: .noRespondersNeedHeaders)
            return .refused
        }
        if !hasConnected { environment.events?.connected(self) }
        hasConnected = true
        if options.verbose { send("+OK\r\n") }
        let headers = options.headers && environment.allowsHeaders
        return .accepted(headers: headers, maximumPayload: limits.payload)
    }

    /// Becomes a user's client: its account, permissions and limits are the user's from now on.
    func take(_ identity: Identity, in account: Account) {
        leaveAccount()
        self.account = account
        account.join()
        hasJoined = true
        self.identity = identity
        permissions = identity.rules.map { SessionPermissions(rules: $0, seed: environment.seed) }
        limits = environment.limits
        limits.narrow(payload: account.limits.payload, subscriptions: account.limits.subscriptions)
        limits.narrow(payload: identity.limits.payloadLimit, subscriptions: identity.limits.subscriptionLimit)
        setTracing()
        if let expires = identity.expires { environment.scheduleExpiry(self, expires) }
    }

    /// Takes the client out of its account's count.
    func leaveAccount() {
        guard hasJoined else { return }
        hasJoined = false
        account.leave()
    }

    /// The time of the client's user is over, if it still is this user.
    func expired(_ expires: Int64) {
        guard !isClosed, identity.expires == expires else { return }
        end(.authenticationExpired, saying: identity.expiresWithAccount ? .accountExpired : .userExpired)
    }
}

extension UsageLimits {
    /// Bytes of a message; nil for no limit.
    fileprivate var payloadLimit: Int? { payload < 0 ? nil : Int(clamping: payload) }
    /// Nil for no limit.
    fileprivate var subscriptionLimit: Int? { subscriptions < 0 ? nil : Int(clamping: subscriptions) }
}
