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
    var state = State.new
    var snapshot: ContentSnapshot?
    /// Those that have the content and follow it.
    var subscribers = SubscriberList()
    /// Those that get the content when the next get request is answered.
    var waiting = SubscriberList()
    /// Queries, other than the normalised one, that lead here.
    var links: [String] = []
    /// Where the name lists it among the queries that nobody follows. Kept by `CachedName`.
    var idle = IdleQuery()

    /// Set while the content may be older than what the service holds, and nobody may get it.
    var isStale = false
    /// The events that came while a get request of a reset was under way; nil when none is. Its answer holds what they
    /// did, so they count only if it fails.
    var heldByReset: HeldEvents?
    /// Whether another reset came while one was under way.
    var needsAnotherReset = false
    /// The last event of the name that came before the content was fetched: what it tells is in the content already, also
    /// where it waited and is read only now.
    var fetchedAfter: UInt64 = 0
    /// Whether a reset waits for its turn.
    var isResetDue = false
    /// Until when a service that is not there when a reset asks is taken to be about to come back; 0 for not at all.
    var awaitedUntil: UInt64 = 0

    struct HeldEvents {
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

    /// Whether the content may be given, and references nothing.
    var isCurrentLeaf: Bool { state == .loaded && !isStale && snapshot?.content.references.isEmpty == true }

    var id: ResourceID { ResourceID(unchecked: name.name, query: query) }

    var cache: ResourceCache { name.cache }

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

    func unusedQueryBecomesIdle() {
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
        // Resources may refer to each other; gone ones must not keep others.
        snapshot?.referenced = nil
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
        case .failure(_, isAnswered: false) where needsAnotherReset:
            // The service has come back since it was asked.
            needsAnotherReset = false
            name.use()
            sendRequest(nil)
        case .failure(let error, let isAnswered):
            forget()
            rejectWaiting(error, isAnswered: isAnswered)
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

    func admitWaiting() {
        let admitted = waiting.removeAll()
        for subscriber in admitted { subscribers.append(subscriber, of: self, waiting: false) }
        for subscriber in admitted where subscriber.resource === self { subscriber.resourceLoaded() }
    }

    func rejectWaiting(_ error: RESError, isAnswered: Bool) {
        let rejected = waiting.removeAll()
        for subscriber in rejected {
            subscriber.resourceFailed(error, isAnswered: isAnswered)
            name.release()
        }
    }
}
