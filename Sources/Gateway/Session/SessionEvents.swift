import DequeModule
import RESProtocol

/// Events: from the cache to the client, held back where something has to come first.
extension ClientSession {
    /// Something happened to a resource.
    func changed(_ subscription: Subscription, _ event: AppliedEvent) {
        guard subscription.holds.isEmpty else { return hold(event, at: subscription) }
        process(event, at: subscription)
        if !loads.isEmpty || !readyWaits.isEmpty || !orphans.isEmpty || !flushes.isEmpty { settle() }
    }

    private func hold(_ event: AppliedEvent, at subscription: Subscription) {
        guard subscription.state != .disposed else { return }
        guard (subscription.work?.held.count ?? 0) < context.limits.maximumHeldEvents else {
            output?.close(code: 1008, reason: "too many events wait for a resource")
            return
        }
        subscription.currentWork.held.append(event)
    }

    /// Sends an event, or first gets what it brings along.
    private func process(_ event: AppliedEvent, at subscription: Subscription) {
        if !event.references.added.isEmpty { return bring(event, to: subscription) }
        switch subscription.state {
        case .sent: output?.send(frame: event.frame(rid: subscription.rid, legacy: usesLegacyValues))
        case .loading, .loaded, .failed, .deleted, .disposed: return
        }
        if event.isDeletion { subscription.state = .deleted }
        drop(event.references.removed, from: subscription)
    }

    /// Sends an event that references something, together with what the client does not have of that.
    private func bring(_ event: AppliedEvent, to subscription: Subscription) {
        let work = subscription.currentWork
        let throttle = throttle(below: subscription)
        for id in event.references.added {
            addPendingReference(from: subscription, to: referenced(id, throttle))
        }
        let children = work.pendingReferences
        guard children.contains(where: { $0.state != .sent }) else {
            output?.send(frame: event.frame(rid: subscription.rid, legacy: usesLegacyValues))
            return conclude(event, at: subscription)
        }
        // Those that the client has now are waited for as well: it may drop them until then.
        subscription.holds.insert(.loading)
        work.pendingEvent = whenReady(children, parent: subscription) { [self] resources in
            let rid = subscription.rid
            if resources.isEmpty {
                output?.send(frame: event.frame(rid: rid, legacy: usesLegacyValues))
            } else {
                send(event.message(rid: rid, legacy: usesLegacyValues, bringing: resources))
            }
            subscription.work?.pendingEvent = nil
            conclude(event, at: subscription)
        }
    }

    /// Counts a reference that the client does not know of yet.
    func addPendingReference(from parent: Subscription, to child: Subscription) {
        child.indirect += 1
        parent.currentWork.pendingReferences.append(child)
    }

    /// The client knows of an event's references now.
    private func conclude(_ event: AppliedEvent, at subscription: Subscription) {
        let children = subscription.work?.pendingReferences ?? []
        subscription.work?.pendingReferences = []
        for child in children {
            if subscription.references.add(child) {
                child.indirectSent += 1
            } else {
                child.indirect -= 1
            }
        }
        drop(event.references.removed, from: subscription)
        tidy(subscription)
    }

    /// A resource no longer references others, as often as they are listed.
    private func drop(_ references: [ResourceID], from subscription: Subscription) {
        for id in references {
            guard let child = subscriptions[id.text], subscription.references.remove(child) else {
                continue
            }
            dropReference(to: child, isKnown: true)
        }
    }

    /// The client has a resource, or what its last event brought along.
    func flush(_ subscription: Subscription) {
        guard subscription.isKnown, subscription.work?.pendingEvent == nil else { return }
        release(subscription, .loading)
    }

    /// A reason to hold back events is gone.
    func release(_ subscription: Subscription, _ reason: Subscription.Holds) {
        subscription.holds.remove(reason)
        guard subscription.holds.isEmpty, subscription.state != .disposed else { return }
        if subscription.needsReaccess { startReaccess(subscription) }
        guard subscription.holds.isEmpty, let event = subscription.work?.held.popFirst() else {
            return tidy(subscription)
        }
        process(event, at: subscription)
        // One at a time: what an event made unneeded has to be gone before the next one may need it again.
        if subscription.holds.isEmpty { flushes.prepend(subscription) }
    }

    /// Lets go of work that is done.
    func tidy(_ subscription: Subscription) {
        if subscription.work?.isDone == true { subscription.work = nil }
    }
}
