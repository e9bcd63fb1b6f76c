import DequeModule
import RESProtocol

/// Loading: from a subscription's beginning until it and all that it references are there.
///
/// Graphs come from services and may be deep or endless, so nothing here recurses: what is to be done stands in queues
/// that `settle` empties.
extension ClientSession {
    /// The subscription of a resource; a new one where there is none. Nil at the limit.
    ///
    /// - Parameters:
    ///   - id: the same as `rid`, where that is known to be the id that services know the resource by.
    ///   - throttle: paces the get request of a new one.
    func subscription(
        for rid: String,
        id: ResourceID? = nil,
        _ throttle: RequestThrottle? = nil
    ) -> Subscription? {
        if let known = subscriptions[rid] { return known }
        guard subscriptions.count < context.limits.maximumSubscriptions else { return nil }
        let made = Subscription(session: self, rid: rid)
        if let throttle { made.currentWork.throttle = throttle }
        subscriptions[rid] = made
        attach(made, id ?? made.id)
        return made
    }

    /// The subscription of a resource that the client asks for; one of a deleted resource is begun anew, for the client wants
    /// to know whether there is one again. Nil at the limit.
    func freshSubscription(for rid: String) -> Subscription? {
        let subscription = subscription(for: rid)
        if let subscription, subscription.state == .deleted {
            // What the client has stays with it, and what that references, until it gets the new content.
            subscription.isReplacing = true
            restart(subscription)
        }
        return subscription
    }

    /// The subscription of a referenced resource; at the limit a failed one.
    func referenced(_ id: ResourceID, _ throttle: RequestThrottle? = nil) -> Subscription {
        let rid = id.text
        if let known = subscriptions[rid] { return known }
        let hasTag = rid.utf8.contains(UInt8(ascii: "{"))
        if let made = subscription(for: rid, id: hasTag ? nil : id, throttle) { return made }
        let failed = Subscription(session: self, rid: rid)
        failed.state = .failed
        failed.currentWork.error = .subscriptionLimitExceeded
        subscriptions[rid] = failed
        return failed
    }

    private func attach(_ subscription: Subscription, _ id: ResourceID) {
        if context.cache.attach(subscription, to: id, subscription.work?.throttle) {
            loads.append(subscription)
        }
    }

    /// Fetches a deleted resource as if for the first time.
    func restart(_ subscription: Subscription) {
        subscription.state = .loading
        subscription.holds = .loading
        subscription.work?.error = nil
        attach(subscription, subscription.id)
    }

    /// The content has come.
    func loaded(_ subscription: Subscription) {
        loads.append(subscription)
        settle()
    }

    /// The content cannot be had.
    func failed(_ subscription: Subscription, _ error: RESError) {
        guard subscription.state == .loading else { return }
        subscription.state = subscription.isReplacing ? .deleted : .failed
        subscription.isReplacing = false
        subscription.currentWork.error = error
        stepWaits(of: subscription)
        settle()
    }

    /// Takes content, follows its references and goes on with those that waited for it.
    private func take(_ subscription: Subscription) {
        guard subscription.state == .loading, let snapshot = subscription.resource?.snapshot else { return }
        subscription.state = .loaded
        subscription.snapshot = snapshot
        let references = snapshot.content.references
        let throttle = references.isEmpty ? nil : throttle(below: subscription)
        if references.count > ClientSession.manyReferences {
            subscriptions.reserveCapacity(subscriptions.count + references.count)
            subscription.references.reserveCapacity(references.count)
        }
        for id in references {
            let child = referenced(id, throttle)
            if subscription.isReplacing {
                addPendingReference(from: subscription, to: child)
            } else {
                addReference(from: subscription, to: child)
            }
        }
        stepWaits(of: subscription)
    }

    /// From this many references on, room is made for all of them at once.
    private static let manyReferences = 16

    /// What paces the get requests for all that a subscription leads to, where that is configured.
    func throttle(below subscription: Subscription) -> RequestThrottle? {
        guard let limit = context.referenceThrottle else { return nil }
        if let throttle = subscription.work?.throttle { return throttle }
        let throttle = RequestThrottle(limit: limit)
        subscription.currentWork.throttle = throttle
        return throttle
    }

    func addReference(from parent: Subscription, to child: Subscription) {
        if parent.addReference(to: child) { child.indirect += 1 }
    }
}

// MARK: - Waiting

extension ClientSession {
    /// Waits until subscriptions and all that they reference are there.
    ///
    /// - Parameters:
    ///   - parent: whose events go on when the wait is over.
    ///   - completion: runs once, with what the client does not have of it. When it returns, the client is taken to have it.
    @discardableResult
    func whenReady(
        _ roots: [Subscription],
        parent: Subscription? = nil,
        _ completion: @escaping (ResourceSet) -> Void
    ) -> ReadinessWait {
        let wait = ReadinessWait(roots, parent: parent, completion)
        readyWaits.append(wait)
        return wait
    }

    /// Goes on with those that waited for a subscription, which is there now, has failed or is disposed of.
    func stepWaits(of subscription: Subscription) {
        guard let work = subscription.work, !work.waits.isEmpty else { return }
        let waits = work.waits
        work.waits = []
        for wait in waits {
            wait.pending -= 1
            if subscription.state == .loaded { follow(subscription, for: wait) }
            if wait.pending == 0 { readyWaits.append(wait) }
        }
    }

    /// Waits for what is not there yet, from a subscription that is there on.
    private func follow(_ start: Subscription, for wait: ReadinessWait) {
        wait.visited.insert(ObjectIdentifier(start))
        var stack = start.children
        while let next = stack.popLast() {
            guard wait.visited.insert(ObjectIdentifier(next)).inserted else { continue }
            switch next.state {
            case .loading:
                next.currentWork.waits.append(wait)
                wait.pending += 1
            case .loaded: stack.append(contentsOf: next.children)
            case .failed, .sent, .deleted, .disposed: break
            }
        }
    }

    /// Does all that can be done now. Called at the end of whatever may have begun something.
    func settle() {
        guard !isSettling else { return }
        isSettling = true
        defer { isSettling = false }
        while !isClosed {
            if let subscription = orphans.popFirst() {
                collect(subscription)
            } else if let subscription = flushes.popFirst() {
                flush(subscription)
            } else if let subscription = loads.popFirst() {
                take(subscription)
            } else if let wait = readyWaits.popFirst() {
                complete(wait)
            } else {
                return
            }
        }
    }

    /// Ends a wait where everything is there.
    ///
    /// Looks at the graph as it is now: since the wait began, some of it may have come or gone, or be with the client.
    private func complete(_ wait: ReadinessWait) {
        guard !wait.isCancelled else { return }
        var resources = ResourceSet(legacy: usesLegacyValues)
        walks &+= 1
        var stack = Array(wait.roots.reversed())
        while let next = stack.popLast() {
            guard next.mark != walks else { continue }
            next.mark = walks
            switch next.state {
            case .loading:
                next.currentWork.waits.append(wait)
                wait.pending += 1
            case .failed: resources.subscriptions.append(next)
            case .loaded:
                resources.subscriptions.append(next)
                if let snapshot = next.snapshot { push(snapshot.content.references, onto: &stack) }
            case .sent, .deleted, .disposed: break
            }
        }
        guard wait.pending == 0 else { return }
        wait.completion(resources)
        markSent(resources)
        if let parent = wait.parent { flushes.append(parent) }
    }

    /// Puts what is referenced onto a stack so that it comes off in order.
    private func push(_ references: [ResourceID], onto stack: inout [Subscription]) {
        guard !references.isEmpty else { return }
        for id in references.reversed() {
            if let child = subscriptions[id.text], child.mark != walks { stack.append(child) }
        }
    }

    /// The client has these now: their events flow.
    private func markSent(_ resources: ResourceSet) {
        let sent = resources.subscriptions.filter { $0.state == .loaded }
        for subscription in sent {
            if subscription.isReplacing { replaceReferences(of: subscription) }
            subscription.state = .sent
            subscription.snapshot = nil
            for reference in subscription.references.values { reference.target.indirectSent += 1 }
        }
        for subscription in sent.reversed() {
            if subscription.work == nil, subscription.holds == .loading, !subscription.needsReaccess {
                // Nothing waits, so nothing flows.
                subscription.holds = []
            } else {
                flushes.append(subscription)
            }
        }
    }
}
