import RESProtocol

/// One resource, or one normalised query of it, in the cache: its content and who has it.
final class CachedResource {
    enum State: Hashable {
        /// Nothing was asked yet.
        case new
        /// The first get request is under way.
        case requested
        /// `content` is there.
        case loaded
        /// Deleted, failed or forgotten; the cache does not list it any more.
        case gone
    }

    /// The entry that lists the resource.
    unowned let name: CachedName
    /// The normalised query; empty for the resource without one.
    let query: String
    private(set) var state = State.new
    private(set) var snapshot: ContentSnapshot?
    /// Those that have the content and follow it.
    private(set) var subscribers = SubscriberList()
    /// Those that get the content when the next get request is answered.
    private(set) var waiting = SubscriberList()
    /// Queries, other than the normalised one, that lead here.
    private(set) var links: [String] = []
    /// Where the name lists it among the queries that nobody follows. Kept by `CachedName`.
    var idle = IdleQuery()

    /// Set while the content may be older than what the service holds, and nobody may get it.
    private(set) var isStale = false
    /// The events that came while a get request of a reset was under way; nil when none is. Its answer holds what they
    /// did, so they count only if it fails.
    private var heldByReset: HeldEvents?
    /// Whether another reset came while one was under way.
    private var needsAnotherReset = false
    /// The last event of the name that came before the content was fetched: what it tells is in the content already, also
    /// where it waited and is read only now.
    private(set) var fetchedAfter: UInt64 = 0
    /// How often in a row a reset got no answer, and was repeated.
    private var repeatedResets: UInt8 = 0
    /// Most often that it is repeated.
    private static let maximumRepeats: UInt8 = 5
    /// Whether a reset waits for its turn.
    private var isResetDue = false

    private struct HeldEvents {
        var events: [ResourceEvent] = []
        /// Whether there were too many, so that what they tell is lost.
        var areLost = false
    }

    init(name: CachedName, query: String) {
        self.name = name
        self.query = query
    }

    var content: CachedContent? { snapshot?.content }

    /// The content, where it may be given to anybody as it is: it is there and up to date.
    var current: ContentSnapshot? { state == .loaded && !isStale ? snapshot : nil }

    var id: ResourceID { ResourceID(unchecked: name.name, query: query) }

    private var cache: ResourceCache { name.cache }

    /// Lists a subscriber, and asks for the content, when the throttle lets it, where that has not been done.
    ///
    /// - Returns: whether the content is there.
    func add(_ subscriber: CacheSubscriber, _ throttle: RequestThrottle?) -> Bool {
        guard state == .loaded, !isStale else {
            waiting.append(subscriber, of: self, waiting: true)
            if state == .new { request(throttle) }
            return false
        }
        subscribers.append(subscriber, of: self, waiting: false)
        return true
    }

    /// Unlists a subscriber.
    func remove(_ subscriber: CacheSubscriber) {
        if subscriber.waitsForContent { waiting.remove(subscriber) } else { subscribers.remove(subscriber) }
        unusedQueryBecomesIdle()
    }

    /// Whether the resource is a query that nobody follows or waits for.
    var isUnusedQuery: Bool { !query.isEmpty && state == .loaded && subscribers.isEmpty && waiting.isEmpty }

    private func unusedQueryBecomesIdle() {
        if isUnusedQuery { name.becameIdle(self) }
    }

    /// Notes a query that leads here; false when there are too many already.
    func link(_ query: String) -> Bool {
        guard links.count < CachedResource.maximumLinks else { return false }
        links.append(query)
        return true
    }

    /// Other queries that may be known to lead to one resource; each of the rest costs a get request.
    private static let maximumLinks = 100

    /// Takes the queries that lead here.
    func takeLinks() -> [String] {
        defer { links = [] }
        return links
    }

    /// Leaves the cache's lists.
    func forget() {
        guard state != .gone else { return }
        state = .gone
        name.unlist(self)
    }
}

// MARK: - The first get request

extension CachedResource {
    private func request(_ throttle: RequestThrottle?) {
        state = .requested
        name.use()
        guard let throttle else { return sendRequest(nil) }
        throttle.run { [self] in
            sendRequest(throttle)
            return true
        }
    }

    private func sendRequest(_ throttle: RequestThrottle?) {
        cache.port.send(ServiceRequest(.get, id)) { [self] answer in
            throttle?.ended()
            answered(GetAnswer(answer))
            name.release()
        }
    }

    private func answered(_ answer: GetAnswer) {
        // Another query's answer may have brought the content already.
        guard state == .requested else { return }
        switch answer {
        case .failure(let error): fail(error)
        case .content(let content, query): load(content)
        case .content(let content, let normalised):
            let target = name.resource(normalisedQuery: normalised)
            for subscriber in waiting.removeAll() {
                target.waiting.append(subscriber, of: target, waiting: true)
            }
            forget()
            name.relink(query, to: target)
            target.load(content)
        }
    }

    /// Takes the content, unless it is there already, and tells those that wait for it.
    private func load(_ content: CachedContent) {
        if state != .loaded {
            snapshot = ContentSnapshot(content)
            fetchedAfter = name.arrivals
            state = .loaded
            isStale = false
        }
        if !isStale { admitWaiting() }
        if needsAnotherReset { reset() }
        unusedQueryBecomesIdle()
    }

    private func admitWaiting() {
        let admitted = waiting.removeAll()
        for subscriber in admitted { subscribers.append(subscriber, of: self, waiting: false) }
        for subscriber in admitted where subscriber.resource === self { subscriber.resourceLoaded() }
    }

    private func fail(_ error: RESError) {
        forget()
        rejectWaiting(error)
    }

    private func rejectWaiting(_ error: RESError) {
        let rejected = waiting.removeAll()
        for subscriber in rejected {
            subscriber.resourceFailed(error)
            name.release()
        }
    }
}

// MARK: - Events

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
    func accessChanged(_ throttle: RequestThrottle?) {
        for subscriber in subscribers.members { subscriber.accessChanged(throttle) }
        for subscriber in waiting.members { subscriber.accessChanged(throttle) }
    }

    private func applyModification(_ event: ResourceEvent) {
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

    private func delete() {
        forget()
        let event = AppliedEvent(.delete)
        let all = subscribers.removeAll()
        for subscriber in all {
            subscriber.resourceChanged(event)
            name.release()
        }
        rejectWaiting(.notFound)
    }
}

// MARK: - Resets

extension CachedResource {
    /// From now on nobody gets the content until it has been fetched anew.
    func becomeStale() {
        if state == .loaded { isStale = true }
    }

    /// Fetches the content anew, when the throttle lets it, and tells subscribers how it differs
    /// (RES service protocol, "System reset event").
    func reset(_ throttle: RequestThrottle? = nil) {
        guard !isResetDue else { return }
        guard state == .loaded, heldByReset == nil else {
            needsAnotherReset = state == .requested || state == .loaded
            return
        }
        needsAnotherReset = false
        repeatedResets = 0
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
            repeatedResets = 0
            fetchedAfter = name.arrivals
            become(new)
            admitWaiting()
        case .content: resetFailed(.internalError("mismatching resource type"), held, isAnswered: true)
        case .failure(let error):
            // Without a service there is no answer either; where the bus is just back, it may only be late.
            var isAnswered = true
            if case .failure = answer { isAnswered = false }
            if error.code == RESError.notFound.code, isAnswered || (!isStale && repeatedResets == 0) {
                delete()
            } else {
                resetFailed(error, held, isAnswered: isAnswered)
            }
        }
        if needsAnotherReset { reset() }
        unusedQueryBecomesIdle()
    }

    /// The service cannot tell what it holds: what is there stays, with the events that came meanwhile. One that gives no
    /// answer at all is asked again after a while, or clients would keep what may be old.
    private func resetFailed(_ error: RESError, _ held: HeldEvents, isAnswered: Bool) {
        cache.report("get request of a reset failed: \(error.code) \(error.message)", id.text)
        if held.areLost { becomeStale() }
        if isStale {
            // Before those that wait are told: they may ask again at once, and then begin anew.
            if subscribers.isEmpty { forget() } else { cache.retry { [self] in reset() } }
        } else if !isAnswered, !subscribers.isEmpty, repeatedResets < CachedResource.maximumRepeats {
            repeatedResets += 1
            cache.retry { [self] in
                if state == .loaded, heldByReset == nil, !isResetDue, repeatedResets > 0 { sendReset(nil) }
            }
        }
        rejectWaiting(error)
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

/// What a service answered to a get request.
private enum GetAnswer {
    /// The content and its normalised query, which is empty when it has none.
    case content(CachedContent, String)
    case failure(RESError)

    init(_ answer: ServiceAnswer) {
        switch answer.result {
        case .failure(let error): self = .failure(error)
        case .success(let result):
            guard let (content, query) = CachedContent.decode(getResult: result) else {
                self = .failure(.invalidServiceResponse)
                return
            }
            self = .content(content, query)
        }
    }
}
