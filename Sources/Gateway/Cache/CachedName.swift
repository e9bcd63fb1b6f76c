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
    var base: CachedResource?
    /// The queries, and what they lead to; nil until there is one.
    var queries: QueryTable?
    private var subscription: BusSubscription?
    /// Subscribers, and requests under way.
    private(set) var uses = 0

    /// Events that wait for the answers to a query event's requests; nil when none are under way.
    var held: [HeldEvent]?
    /// Whether more came than may wait, so that what they tell is lost.
    var hasLostEvents = false
    var queryRequests = 0
    /// How many events have come, held ones included.
    var arrivals: UInt64 = 0

    struct HeldEvent {
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
struct QueryTable {
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
