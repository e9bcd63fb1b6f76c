import RESProtocol

/// Resets: the content is fetched anew, and those who follow the resource are told how it differs.
extension CachedResource {
    /// From now on nobody gets the content until it has been fetched anew.
    func becomeStale() {
        if state == .loaded { isStale = true }
    }

    /// Fetches the content anew, when the throttle lets it, and tells subscribers how it differs
    /// (RES service protocol, "System reset event").
    ///
    /// - Parameter deadline: until when a service that is not there is asked again; 0 for as before.
    func reset(_ throttle: RequestThrottle? = nil, awaitedUntil deadline: UInt64 = 0) {
        if deadline > 0 { awaitedUntil = deadline }
        guard !isResetDue else { return }
        guard state == .loaded, heldByReset == nil else {
            needsAnotherReset = state == .requested || state == .loaded
            return
        }
        needsAnotherReset = false
        guard let throttle else { return sendReset(nil) }
        isResetDue = true
        name.use()
        throttle.run { [self] in
            isResetDue = false
            defer { name.release() }
            guard state == .loaded, heldByReset == nil else { return false }
            sendReset(throttle)
            return true
        }
    }

    private func sendReset(_ throttle: RequestThrottle?) {
        heldByReset = HeldEvents()
        name.use()
        cache.port.send(ServiceRequest(.get, id)) { [self] answer in
            throttle?.ended()
            resetAnswered(answer)
            name.release()
        }
    }

    private func resetAnswered(_ answer: ServiceAnswer) {
        let held = heldByReset ?? HeldEvents()
        heldByReset = nil
        guard state == .loaded else { return }
        switch GetAnswer(answer) {
        case .content(let new, _) where new.kind == content?.kind:
            isStale = false
            fetchedAfter = name.arrivals
            become(new)
            admitWaiting()
        case .content: resetFailed(.internalError("mismatching resource type"), isAnswered: true, held)
        case .failure(let error, let isAnswered):
            if error.code == RESError.notFound.code, isAnswered || !isServiceAwaited {
                delete()
            } else {
                resetFailed(error, isAnswered: isAnswered, held)
            }
        }
        if needsAnotherReset { reset() }
        unusedQueryBecomesIdle()
    }

    /// Without a service there is no answer either. Where the bus is just back it may only be late, and one that has just
    /// come back may be gone once more.
    private var isServiceAwaited: Bool {
        isStale || !subscribers.isEmpty && cache.port.now < awaitedUntil
    }

    /// The service cannot tell what it holds: what is there stays, with the events that came meanwhile. One that gives no
    /// answer is asked again for a while, or clients would keep what may be old.
    private func resetFailed(_ error: RESError, isAnswered: Bool, _ held: HeldEvents) {
        cache.report("get request of a reset failed: \(error.code) \(error.message)", id.text)
        if held.areLost { becomeStale() }
        if isStale || error.code == RESError.notFound.code || (!isAnswered && isServiceAwaited) {
            // Before those that wait are told: they may ask again at once, and then begin anew.
            if subscribers.isEmpty { forget() } else { cache.retry { [self] in reset() } }
        }
        rejectWaiting(error, isAnswered: isAnswered)
        if isStale { return }
        for event in held.events where state == .loaded { applyModification(event) }
    }

    /// Turns the content into another of the same kind, by events.
    func become(_ new: CachedContent) {
        guard let content, content.json != new.json else { return }
        switch new.kind {
        case .model: applyModification(.change(content.change(to: new)))
        case .collection:
            let difference = CollectionDifference(from: content, to: new)
            let values = difference.additions.isEmpty ? [] : new.values
            for index in difference.removals { applyModification(.remove(index: index)) }
            for index in difference.additions { applyModification(.add(values[index], index: index)) }
        }
    }
}
