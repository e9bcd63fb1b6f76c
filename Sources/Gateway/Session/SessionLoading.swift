import DequeModule
import RESProtocol

/// Loading: from a subscription's beginning until it and all that it references are there.
///
/// Graphs come from services and may be deep or endless, so nothing here recurses: what is to be done stands in queues
/// that `settle` empties.
extension ClientSession {
    /// The subscription of a resource; a new one where there is none. Nil at the limit.
    func subscription(for rid: String) -> Subscription? {
        subscription(for: rid, nil, nil)
    }

    private func subscription(for rid: String, _ id: ResourceID?, _ throttle: RequestThrottle?)
        -> Subscription?
    {
        let count = subscriptions.count
        guard count < context.limits.maximumSubscriptions else { return subscriptions[rid] }
        // One search serves for the one that is there and for a new one.
        let found = ClientSession.value(
            of: &subscriptions[rid, default: Subscription(session: self, rid: rid)]
        )
        if subscriptions.count > count { begin(found, id ?? resourceID(rid), throttle) }
        return found
    }

    private static func value(of entry: inout Subscription) -> Subscription { entry }

    /// Begins to follow a resource.
    ///
    /// - Parameters:
    ///   - id: the id that services know the resource by.
    ///   - throttle: paces its get request.
    private func begin(_ made: Subscription, _ id: ResourceID, _ throttle: RequestThrottle?) {
        if let throttle { made.currentWork.throttle = throttle }
        guard context.cache.attach(made, to: id, throttle) else { return }
        if let snapshot = made.resource?.snapshot, snapshot.content.references.isEmpty {
            // It leads to nothing, and nobody waits for it yet.
            made.state = .loaded
            made.snapshot = snapshot
        } else {
            loads.append(made)
        }
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
        let hasTag = rid.utf8.contains(UInt8(ascii: "{"))
        if let found = subscription(for: rid, hasTag ? nil : id, throttle) { return found }
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
    ///
    /// - Parameter isAnswered: whether a service has said so.
    func failed(_ subscription: Subscription, _ error: RESError, isAnswered: Bool) {
        guard subscription.state == .loading else { return }
        subscription.isUnanswered = !isAnswered
        if !isAnswered { mayLackAnswers = true }
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
        if !references.isEmpty {
            let throttle = throttle(below: subscription)
            if subscription.isReplacing {
                for id in references {
                    addPendingReference(from: subscription, to: referenced(id, throttle))
                }
            } else {
                reference(references, from: subscription, throttle)
            }
        }
        stepWaits(of: subscription)
    }

    /// Has a subscription reference others, which are begun where they are not there.
    func reference(_ ids: [ResourceID], from parent: Subscription, _ throttle: RequestThrottle?) {
        if ids.count > ClientSession.manyReferences {
            subscriptions.reserveCapacity(subscriptions.count + ids.count)
            parent.references.reserveCapacity(ids.count)
        }
        let isFirst = parent.references.isEmpty
        walks &+= 1
        for id in ids {
            let child = referenced(id, throttle)
            if isFirst, child.mark != walks {
                // Not met before, so it need not be looked for.
                child.mark = walks
                parent.references.append(new: child)
                child.indirect += 1
            } else if parent.references.add(child) {
                child.indirect += 1
            }
        }
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
        guard let first = subscription.wait else { return }
        subscription.wait = nil
        step(first, at: subscription)
        guard let work = subscription.work, !work.waits.isEmpty else { return }
        let waits = work.waits
        work.waits = []
        for wait in waits { step(wait, at: subscription) }
    }

    private func step(_ wait: ReadinessWait, at subscription: Subscription) {
        wait.pending -= 1
        if subscription.state == .loaded, subscription.hasReferences { follow(subscription, for: wait) }
        if wait.pending == 0 { readyWaits.append(wait) }
    }

    /// Waits for what is not there yet, from a subscription that is there on.
    private func follow(_ start: Subscription, for wait: ReadinessWait) {
        wait.visited.insert(ObjectIdentifier(start))
        var stack = start.children
        while let next = stack.popLast() {
            guard next.state == .loading || next.state == .loaded && next.hasReferences,
                wait.visited.insert(ObjectIdentifier(next)).inserted
            else { continue }
            if next.state == .loading {
                next.append(wait)
                wait.pending += 1
            } else {
                stack.append(contentsOf: next.children)
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
        var stack = context.takeStack()
        defer { context.giveBack(&stack) }
        stack.append(contentsOf: wait.roots.reversed())
        while let next = stack.popLast() {
            guard next.mark != walks else { continue }
            next.mark = walks
            switch next.state {
            case .loading:
                next.append(wait)
                wait.pending += 1
            case .failed: resources.append(next)
            case .loaded:
                resources.append(next)
                pushChildren(of: next, onto: &stack)
            case .sent, .deleted, .disposed: break
            }
        }
        guard wait.pending == 0 else { return }
        wait.completion(resources)
        markSent(resources)
        if let parent = wait.parent { flushes.append(parent) }
    }

    /// Puts what the content of a subscription references onto a stack so that it comes off in order.
    private func pushChildren(of parent: Subscription, onto stack: inout [Subscription]) {
        guard parent.isReplacing else {
            for reference in parent.references.all.reversed() where reference.target.mark != walks {
                stack.append(reference.target)
            }
            return
        }
        for id in (parent.snapshot?.content.references ?? []).reversed() {
            if let child = subscriptions[id.text], child.mark != walks { stack.append(child) }
        }
    }

    /// The client has these now: their events flow.
    private func markSent(_ resources: ResourceSet) {
        for item in resources.items {
            let subscription = item.subscription
            guard subscription.state == .loaded else { continue }
            if subscription.isReplacing { replaceReferences(of: subscription) }
            subscription.state = .sent
            subscription.snapshot = nil
            for reference in subscription.references.all { reference.target.indirectSent += 1 }
        }
        for item in resources.items.reversed() {
            let subscription = item.subscription
            guard subscription.state == .sent else { continue }
            if subscription.work == nil, subscription.holds == .loading, !subscription.needsReaccess {
                // Nothing waits, so nothing flows.
                subscription.holds = []
            } else {
                flushes.append(subscription)
            }
        }
    }
}
