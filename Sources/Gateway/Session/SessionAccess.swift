import RESProtocol

/// Access: asked for once for each subscription, and anew when it may have changed.
extension ClientSession {
    /// Gives what the client may do with a resource, at once where it is known.
    ///
    /// - Parameter throttle: told when a request that is sent has its answer.
    func requestAccess(
        _ subscription: Subscription,
        _ throttle: RequestThrottle? = nil,
        _ completion: @escaping (Access) -> Void
    ) {
        if let access = subscription.access { return completion(access) }
        if let request = subscription.work?.accessRequest {
            request.waiters.append(completion)
            return
        }
        let request = AccessRequest()
        request.waiters.append(completion)
        subscription.currentWork.accessRequest = request
        askAccess(subscription.id, throttle) { [self] access in
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
    @inline(never)  // Inlined, it makes the optimizer of Swift 6.3 abort.
    func askAccess(
        _ id: ResourceID,
        _ throttle: RequestThrottle? = nil,
        _ completion: @escaping (Access) -> Void
    ) {
        guard mayReach(id) else {
            throttle?.ended()
            return completion(Access(denied: .outOfReach))
        }
        let request = ServiceRequest(.access, id, connectionID: self.id, token: token)
        context.port.send(request) { [self] answer in
            throttle?.ended()
            guard !isClosed else { return }
            completion(context.accessDecoder.decode(answer).access)
        }
    }

    /// What was said about access does not hold any more (RES service protocol, "Reaccess event").
    func reaccess(_ subscription: Subscription, _ throttle: RequestThrottle? = nil) {
        guard subscription.state != .disposed else { return }
        subscription.access = nil
        guard subscription.holds.isEmpty else {
            subscription.needsReaccess = true
            return
        }
        startReaccess(subscription, throttle)
    }

    func startReaccess(_ subscription: Subscription, _ throttle: RequestThrottle? = nil) {
        subscription.needsReaccess = false
        subscription.access = nil
        // An answer under way speaks of before; it serves those who asked then, and is not kept.
        subscription.work?.accessRequest = nil
        guard subscription.direct > 0 else { return }
        subscription.holds.insert(.reaccess)
        guard let throttle else { return awaitReaccess(subscription, nil) }
        throttle.run { [self] in
            guard !isClosed, subscription.state != .disposed else { return false }
            awaitReaccess(subscription, throttle)
            return true
        }
    }

    private func awaitReaccess(_ subscription: Subscription, _ throttle: RequestThrottle?) {
        requestAccess(subscription, throttle) { [self] access in
            if access.isUnanswered,
                context.cache.isServiceAwaited || context.port.now < subscription.accessAwaitedUntil
            {
                // The bus or the service is just back, and may answer a little later.
                return retryReaccess(subscription)
            }
            if let denial = access.getDenial { revoke(subscription, denial) }
            release(subscription, .reaccess)
            // Access that is known by now is given at once, outside of everything that settles by itself.
            settle()
        }
    }

    /// Asks once more, a little later.
    private func retryReaccess(_ subscription: Subscription) {
        context.cache.retry { [self] in
            if !isClosed, subscription.state != .disposed { awaitReaccess(subscription, nil) }
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
