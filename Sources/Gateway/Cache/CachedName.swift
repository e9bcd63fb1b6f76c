import DequeModule
import RESProtocol

import struct NIOCore.ByteBuffer

/// One resource name in the cache: its events, and the resource and queries that go by it.
///
/// Stays for a time after its last use, so that who comes back soon needs no get request.
final class CachedName {
    unowned let cache: ResourceCache
    let name: String
    /// The resource without a query.
    private var base: CachedResource?
    /// The queries, and what they lead to; nil until there is one.
    private var queries: QueryTable?
    private var subscription: BusSubscription?
    /// Subscribers, and requests under way.
    private(set) var uses = 0

    /// Events that wait for the answers to a query event's requests; nil when none are under way.
    private var held: [HeldEvent]?
    /// Whether more came than may wait, so that what they tell is lost.
    private var hasLostEvents = false
    private var queryRequests = 0
    /// How many events have come, held ones included.
    private(set) var arrivals: UInt64 = 0

    private struct HeldEvent {
        let event: String
        let payload: ByteBuffer
        let arrival: UInt64
    }

    /// When the name is forgotten unless it is used again, and its neighbours in the order of these times. Kept by
    /// `IdleList`.
    var deadline: UInt64 = 0
    unowned var nextIdle: CachedName?
    unowned var previousIdle: CachedName?
    var isIdle = false

    init(cache: ResourceCache, name: String) {
        self.cache = cache
        self.name = name
        subscription = cache.port.listen(to: name) { [unowned self] event, payload in
            arrivals += 1
            received(event, payload, arrivals)
        }
    }

    /// Forgets the resources and ends the subscription to the name's events.
    func close() {
        for resource in resources { resource.forget() }
        if let subscription { cache.port.stopListening(subscription) }
        subscription = nil
    }

    func use() {
        if uses == 0 { cache.idle.remove(self) }
        uses += 1
    }

    func release() {
        uses -= 1
        if uses == 0 { cache.becameIdle(self) }
    }
}

// MARK: - Resources

/// The query resources of one name.
private struct QueryTable {
    /// By normalised query.
    var resources: [String: CachedResource] = [:]
    /// By a query that is not normalised; the empty one where a get request without a query has a normalised query.
    var links: [String: CachedResource] = [:]
    /// Those that nobody follows any more, in the order in which that came about.
    var idle: Deque<CachedResource> = []
    /// What these take, in bytes.
    var idleBytes = 0
}

extension CachedName {
    /// All resources of the name.
    var resources: [CachedResource] {
        (base.map { [$0] } ?? []) + (queries.map { Array($0.resources.values) } ?? [])
    }

    /// The resource that a query leads to; a new one where none is known.
    func resource(query: String) -> CachedResource {
        resource(listed: query) ?? list(CachedResource(name: self, query: query))
    }

    /// The resource that a query leads to, where one is known; nil is no query.
    func resource(listed query: String?) -> CachedResource? {
        guard let query, !query.isEmpty else { return base ?? queries?.links[""] }
        return queries?.resources[query] ?? queries?.links[query]
    }

    /// The resource of a normalised query; a new one where none is known.
    func resource(normalisedQuery query: String) -> CachedResource {
        if query.isEmpty { return base ?? list(CachedResource(name: self, query: "")) }
        return queries?.resources[query] ?? list(CachedResource(name: self, query: query))
    }

    /// Lets a query lead to a resource from now on.
    func relink(_ query: String, to resource: CachedResource) {
        guard resource.link(query) else { return }
        queries = queries ?? QueryTable()
        queries?.links[query] = resource
    }

    func unlist(_ resource: CachedResource) {
        if resource.query.isEmpty {
            if base === resource { base = nil }
        } else if queries?.resources[resource.query] === resource {
            queries?.resources[resource.query] = nil
        }
        for query in resource.takeLinks() where queries?.links[query] === resource {
            queries?.links[query] = nil
        }
    }

    private func list(_ resource: CachedResource) -> CachedResource {
        if resource.query.isEmpty {
            base = resource
        } else {
            queries = queries ?? QueryTable()
            queries?.resources[resource.query] = resource
        }
        return resource
    }
}

// MARK: - Queries that nobody follows

extension CachedName {
    /// Nobody follows a query any more. It is kept a while, for who asks again soon, until a query event concerns it:
    /// then it is forgotten instead.
    func becameIdle(_ resource: CachedResource) {
        resource.idle.deadline = cache.port.now &+ cache.retention
        if !resource.idle.isListed { listIdle(resource) }
        forgetOldQueries()
    }

    /// Keeps what was just given to somebody who does not follow it about as long as after any other use: what was used
    /// a moment ago stays where it is listed.
    func touch(_ resource: CachedResource, now: UInt64) {
        let earliest = now &+ cache.retention / 4 * 3
        if uses == 0, deadline < earliest {
            cache.idle.remove(self)
            cache.becameIdle(self)
        }
        if resource.idle.isListed, resource.idle.deadline < earliest { becameIdle(resource) }
    }

    /// Forgets all queries that nobody follows.
    func forgetIdleQueries() {
        while let resource = takeIdle() {
            if resource.isUnusedQuery { resource.forget() }
        }
    }

    private func listIdle(_ resource: CachedResource) {
        let bytes = CachedName.idleOverhead + (resource.content?.json.count ?? 0)
        resource.idle.list(bytes: bytes)
        queries?.idleBytes += bytes
        queries?.idle.append(resource)
    }

    private func takeIdle() -> CachedResource? {
        guard let first = queries?.idle.popFirst() else { return nil }
        queries?.idleBytes -= first.idle.bytes
        first.idle.isListed = false
        return first
    }

    /// Forgets queries that nobody has asked for lately, and the oldest where they take too much room.
    private func forgetOldQueries() {
        let now = cache.port.now
        while let first = queries?.idle.first {
            let isExcessive = (queries?.idleBytes ?? 0) > cache.maximumIdleQueryBytes
            guard isExcessive || first.idle.listedUntil <= now else { return }
            guard let taken = takeIdle(), taken.isUnusedQuery else { continue }
            if isExcessive || taken.idle.deadline <= now { taken.forget() } else { listIdle(taken) }
        }
    }

    /// Bytes that a query takes beside its content, about.
    private static let idleOverhead = 512
}

// MARK: - Events

extension CachedName {
    private func received(_ event: String, _ payload: ByteBuffer, _ arrival: UInt64) {
        guard held == nil else {
            return hold(HeldEvent(event: event, payload: payload, arrival: arrival))
        }
        guard event != "query" else { return queryEventReceived(payload, arrival) }
        guard let base else { return }
        do throws(JSONError) {
            base.received(event, try ResourceEvent.payload(of: payload), arrival: arrival)
        } catch {
            cache.report("event that is not JSON: \(error)", "\(name).\(event)")
        }
    }

    private func hold(_ event: HeldEvent) {
        if !hasLostEvents, held?.count ?? 0 < cache.maximumHeldEvents {
            held?.append(event)
        } else {
            hasLostEvents = true
            held = []
        }
    }

    /// Queries may have changed: applies the answers inside the event, or asks for each query that is cached
    /// (RES service protocol, "Query event").
    private func queryEventReceived(_ payload: ByteBuffer, _ arrival: UInt64) {
        guard let queries, !queries.resources.isEmpty else { return }
        guard let body = try? JSONSlice(parsing: payload), let event = QueryEvent(decoding: body) else {
            cache.report("query event without a subject", name)
            return
        }
        if let answers = event.answers {
            for answer in answers {
                guard let resource = queries.resources[answer.query], resource.state == .loaded,
                    arrival > resource.fetchedAfter
                else { continue }
                if resource.isUnusedQuery {
                    // Who asks again is rare; keeping it up to date for nobody is work at every event.
                    resource.forget()
                } else {
                    for event in answer.events { resource.apply(event) }
                }
            }
            return
        }
        forgetIdleQueries()
        let followed = self.queries?.resources.values
        let affected = (followed.map(Array.init) ?? []).filter {
            $0.state == .loaded && arrival > $0.fetchedAfter
        }
        for resource in affected.sorted(by: { $0.query < $1.query }) {
            ask(resource, on: event.subject, arrival)
        }
    }

    /// Sends one query request. Until all are answered the name's other events wait.
    private func ask(_ resource: CachedResource, on subject: String, _ arrival: UInt64) {
        var payload = ByteBuffer()
        payload.writeStaticString("{\"query\":")
        payload.writeJSON(resource.query)
        payload.writeStaticString("}")
        if held == nil { held = [] }
        queryRequests += 1
        use()
        cache.port.send(to: subject, payload: payload) { [self] answer in
            // What a reset has brought meanwhile was made after the query event, and holds what the answer would tell.
            if arrival > resource.fetchedAfter { resource.queryAnswered(answer) }
            queryRequests -= 1
            if queryRequests == 0 { releaseHeld() }
            release()
        }
    }

    private func releaseHeld() {
        let events = held ?? []
        held = nil
        if hasLostEvents {
            hasLostEvents = false
            cache.report(
                "more than \(cache.maximumHeldEvents) events waited for the answers of queries",
                name
            )
            for resource in resources {
                resource.becomeStale()
                resource.reset()
            }
            return
        }
        for (index, waiting) in events.enumerated() {
            received(waiting.event, waiting.payload, waiting.arrival)
            if held != nil {
                // The event was a query event itself, and what is behind it waits again.
                held?.append(contentsOf: events[(index + 1)...])
                return
            }
        }
    }
}

extension CachedResource {
    /// Applies the answer to a query request: events, or the whole content (RES service protocol, "Query request").
    fileprivate func queryAnswered(_ answer: ServiceAnswer) {
        guard state == .loaded else { return }
        switch answer.response.outcome {
        case .error(let error): queryFailed(error, answer)
        case .resource: invalidQueryAnswer()
        case .result(let result):
            let given = ["events", "model", "collection"].filter { result[$0] != nil }
            guard given.count <= 1, result.kind == .object else { return invalidQueryAnswer() }
            if let events = result["events"], !events.isNull { return apply(queryEvents: events) }
            guard !given.isEmpty, given != ["events"] else { return }
            guard let new = ResourceContent(decoding: result).map(CachedContent.init),
                new.kind == content?.kind
            else { return invalidQueryAnswer() }
            become(new)
        }
    }

    private func apply(queryEvents events: JSONSlice) {
        guard events.kind == .array else { return invalidQueryAnswer() }
        for event in events.elements {
            guard let name = event["event"]?.string else {
                invalidQueryAnswer()
                continue
            }
            let data = event["data"].flatMap { $0.isNull ? nil : $0 }
            received(name, data)
        }
    }

    private func queryFailed(_ error: RESError, _ answer: ServiceAnswer) {
        if case .payload = answer, error.code == RESError.notFound.code { return apply(.delete) }
        name.cache.report("query request failed: \(error.code) \(error.message)", id.text)
        // A service that answers with an error knows what it does; one that gives no answer leaves the content unknown.
        if case .failure = answer { reset() }
    }

    private func invalidQueryAnswer() {
        name.cache.report("answer to a query request that is not of its form", id.text)
    }
}
