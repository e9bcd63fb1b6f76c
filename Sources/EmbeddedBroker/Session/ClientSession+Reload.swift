extension ClientSession {
    /// The broker has another configuration: finds out again who the client is and what it may do.
    func configurationChanged() {
        guard !isClosed else { return }
        switch environment.authentication.verdict(on: options, circumstances) {
        case .accepted(let identity): change(to: identity)
        case .refused(_, let isRevoked):
            end(
                isRevoked ? .credentialsRevoked : .authenticationFailure,
                saying: isRevoked ? .userRevoked : .authorizationViolation
            )
        case .ifMatching(let hash, _, let identity) where hash == verifiedHash: change(to: identity)
        case .ifMatching(let hash, let password, let identity):
            environment.checkPassword(hash, password) { [weak self] matches in
                guard let self, !self.isClosed else { return }
                if matches {
                    self.verifiedHash = hash
                    self.change(to: identity)
                } else {
                    self.end(.authenticationFailure, saying: .authorizationViolation)
                }
            }
        }
    }

    private func change(to identity: Identity) {
        guard identity.account == account.name else {
            // What it subscribed to was in the other account.
            end(.clientClosed)
            return
        }
        take(identity, in: account)
        parser.limits = .init(controlLine: limits.controlLine, payload: limits.payload)
        guard let permissions else { return }
        for subscription in Array(subscriptions.values)
        where !permissions.maySubscribe(to: subscription.pattern, queue: subscription.queue) {
            subscriptions[subscription.sid] = nil
            router.remove(subscription)
            let subject = String(decoding: subscription.pattern, as: UTF8.self)
            let sid = String(decoding: subscription.sid.bytes, as: UTF8.self)
            send(ServerError.subscriptionEnded(subject: subject, sid: sid).line)
        }
    }
}
