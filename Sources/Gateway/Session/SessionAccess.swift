import RESProtocol

/// Access: asked for once for each subscription, and anew when it may have changed.
extension ClientSession {
    /// Gives what the client may do with a resource, at once where it is known.
    func requestAccess(_ subscription: Subscription, _ completion: @escaping (Access) -> Void) {
        if let access = subscription.access { return completion(access) }
        if let request = subscription.work?.accessRequest {
            request.waiters.append(completion)
            return
        }
        let request = AccessRequest()
        request.waiters.append(completion)
        subscription.currentWork.accessRequest = request
        askAccess(subscription.id) { [self] access in
            if subscription.work?.accessRequest === request {
                subscription.work?.accessRequest = nil
                if access.isLasting { subscription.access = access }
                tidy(subscription)
            }
            let waiters = request.waiters
            request.waiters = []
            for waiter in waiters { waiter(access) }
            settle()
        }
    }

    /// Asks a service what the client may do with a resource.
    func askAccess(_ id: ResourceID, _ completion: @escaping (Access) -> Void) {
        if let guarded = context.guarded, !reachesGuarded, guarded.contain(id.name) {
            return completion(Access(denied: .outOfReach))
        }
        let request = ServiceRequest(.access, id, connectionID: self.id, token: token)
        context.port.send(request) { [self] answer in
            guard !isClosed else { return }
            completion(context.accessDecoder.decode(answer).access)
        }
    }

    /// What was said about access does not hold any more (RES service protocol, "Reaccess event").
    func reaccess(_ subscription: Subscription) {
        guard subscription.state != .disposed else { return }
        subscription.access = nil
        guard subscription.holds.isEmpty else {
            subscription.needsReaccess = true
            return
        }
        startReaccess(subscription)
    }

    func startReaccess(_ subscription: Subscription) {
        subscription.needsReaccess = false
        subscription.access = nil
        // An answer under way speaks of before; it serves those who asked then, and is not kept.
        subscription.work?.accessRequest = nil
        guard subscription.direct > 0 else { return }
        subscription.holds.insert(.reaccess)
        requestAccess(subscription) { [self] access in
            if let denial = access.getDenial { revoke(subscription, denial) }
            release(subscription, .reaccess)
        }
    }

    /// Ends the direct subscriptions of a resource (RES client protocol, "Unsubscribe event").
    private func revoke(_ subscription: Subscription, _ reason: RESError) {
        guard subscription.state != .disposed, subscription.direct > 0 else { return }
        subscription.direct = 0
        subscription.directSent = 0
        send(ClientMessage.unsubscribed(rid: subscription.rid, reason: reason))
        collect(subscription)
    }
}
