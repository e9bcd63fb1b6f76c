import RESProtocol

/// Events, from the service to those who follow the resource.
extension CachedResource {
    /// An event of this resource came; `payload` is as the service sent it.
    ///
    /// - Parameter arrival: its number among the events of the name; nil for one that an answer brought.
    func received(_ eventName: String, _ payload: JSONSlice?, arrival: UInt64? = nil) {
        guard state == .loaded || eventName == "reaccess" else { return }
        guard let event = ResourceEvent(fromService: eventName, payload: payload) else {
            cache.report("event with a payload that is not of the event's form", "\(id).\(eventName)")
            return
        }
        if let arrival, arrival <= fetchedAfter, event.isModification { return }
        apply(event)
    }

    /// Applies an event to the content and hands it to those who follow it.
    func apply(_ event: ResourceEvent) {
        switch event {
        case .reaccess: accessChanged(nil)
        case .query: break
        case .custom, .create:
            if state == .loaded { deliver(AppliedEvent(event)) }
        case .change, .add, .remove, .delete:
            guard state == .loaded else { return }
            if heldByReset != nil {
                hold(event)
            } else if !isStale {
                applyModification(event)
            }
        }
    }

    private func hold(_ event: ResourceEvent) {
        if let held = heldByReset, held.events.count < cache.maximumHeldEvents {
            heldByReset?.events.append(event)
        } else {
            heldByReset = HeldEvents(areLost: true)
        }
    }

    /// Everybody's access to the resource has to be asked for anew.
    ///
    /// - Parameter deadline: until when a service that does not answer is asked again; 0 for not at all.
    func accessChanged(_ throttle: RequestThrottle?, awaitedUntil deadline: UInt64 = 0) {
        for subscriber in subscribers.members { subscriber.accessChanged(throttle, awaitedUntil: deadline) }
        for subscriber in waiting.members { subscriber.accessChanged(throttle, awaitedUntil: deadline) }
    }

    func applyModification(_ event: ResourceEvent) {
        switch event {
        case .change(let members):
            guard has(.model, for: event),
                let (effective, references) = snapshot.change({ $0.apply(change: members) }),
                !effective.isEmpty
            else { return }
            deliver(AppliedEvent(.change(effective), references: references))
        case .add(let value, let index):
            guard has(.collection, for: event), isIndex(index, upTo: content?.count ?? 0, of: event),
                let references = snapshot.change({ $0.insert(value, at: index) })
            else { return }
            deliver(AppliedEvent(event, references: references))
        case .remove(let index):
            guard has(.collection, for: event), isIndex(index, upTo: (content?.count ?? 0) - 1, of: event),
                let references = snapshot.change({ $0.remove(at: index) })
            else { return }
            deliver(AppliedEvent(event, references: references))
        case .delete: delete()
        default: break
        }
    }

    private func has(_ kind: CachedContent.Kind, for event: ResourceEvent) -> Bool {
        if content?.kind == kind { return true }
        cache.report("\(event.name) event on a \(kind == .model ? "collection" : "model")", id.text)
        return false
    }

    private func isIndex(_ index: Int, upTo last: Int, of event: ResourceEvent) -> Bool {
        if 0...max(last, 0) ~= index, last >= 0 { return true }
        cache.report("\(event.name) event with idx \(index), which is out of bounds", id.text)
        return false
    }

    private func deliver(_ event: AppliedEvent) {
        // A client's own doing may change the list while it is walked; this walks the list as it was.
        cache.observer?.eventDelivered(
            resource: id.text,
            event: event.event.name,
            clients: subscribers.count
        )
        for subscriber in subscribers.members where subscriber.resource === self {
            subscriber.resourceChanged(event)
        }
    }

    func delete() {
        forget()
        let event = AppliedEvent(.delete)
        let all = subscribers.removeAll()
        for subscriber in all {
            subscriber.resourceChanged(event)
            name.release()
        }
        rejectWaiting(.notFound, isAnswered: true)
    }
}
