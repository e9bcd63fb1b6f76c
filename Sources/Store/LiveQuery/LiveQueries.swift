/// The queries that gateways may hold, and how the store learns that nobody holds one any more.
///
/// The protocol does not tell a service when a gateway drops a resource. It does oblige a gateway to ask, on the
/// subject of a query event, for every query it holds of that resource name. So:
///
/// - A query is *live* from the first `get` that asked for it. Every `get` and every query request confirms it.
/// - When no query of a resource name has been probed for a while, the store *probes* the name: it publishes a query
///   event without ready answers. Gateways that hold queries of the name ask for each and are told that nothing has
///   changed; queries that nobody has asked for by the end of the probe are dropped.
/// - The time between probes starts at `probeInterval` and doubles while probes find every query still held, up to
///   `maximumProbeInterval`, so that what is held for long costs nearly nothing. A new query brings it back.
///
/// A gateway that is slower than the probe, or whose request is lost, loses nothing: query events name their resource
/// in the subject, and a question for a query that is not live is answered with the whole collection, which makes it
/// live again. When more than `capacity` queries are asked for, the surplus is not tracked; its resource name is
/// *incomplete*, and query events of it come without answers, so that every gateway asks.
struct LiveQueries {
    /// Settings of tracking and probing.
    struct Limits: Hashable, Sendable {
        /// Most queries that are tracked.
        var capacity = 100_000
        /// Time from the first `get` to the first probe, in nanoseconds.
        var probeInterval: UInt64 = Instant.seconds(30)
        /// Longest time between probes.
        var maximumProbeInterval: UInt64 = Instant.seconds(300)
        /// How many rows at least are known beyond the furthest window of queries that share a filter and an order.
        var minimumSlack = 32
        /// How long gateways have to answer a probe.
        var probeDuration: UInt64 = Instant.seconds(10)
        /// Shortest time between two states of the list of live queries.
        var listInterval: UInt64 = Instant.seconds(1)
        /// After how long a query that could not be read, as of a locked database, is read again.
        var retryInterval: UInt64 = Instant.milliseconds(50)
        /// Steps of SQLite that a query may take to be read anew after every commit.
        var immediateSteps = 20_000
        /// Longest time that one costly query has all of them rest.
        var maximumPause: UInt64 = Instant.seconds(1)

        /// Whether a query that takes that many steps is read anew after every commit, or in turn with others like it.
        func isCostly(_ steps: Int) -> Bool { steps > immediateSteps }

        /// How long costly queries rest after one was read: together they take a tenth of the time at most.
        func pause(after cost: ReadCost) -> UInt64 {
            guard isCostly(cost.steps) else { return 0 }
            // A step takes some 30 nanoseconds.
            return min(
                UInt64(clamping: cost.steps).multipliedReportingOverflow(by: 300).partialValue,
                maximumPause
            )
        }
    }

    /// The queries of one resource name.
    private struct Resource {
        let sources: Set<String>
        var queries: [String: LiveQuery] = [:]
        var interval: UInt64
        var nextProbe: Instant
        /// When the probe that is under way was sent.
        var probedAt: Instant?
    }

    let limits: Limits
    private(set) var count = 0
    private(set) var groups: QueryGroups
    /// When `probes` next has something to do, or earlier; nil when no query is live.
    private(set) var nextDeadline: Instant?
    private var resources: [String: Resource] = [:]
    private var incomplete: Set<String> = []

    init(limits: Limits) {
        self.limits = limits
        groups = QueryGroups(minimumSlack: limits.minimumSlack)
    }

    /// Whether no query is live.
    var isEmpty: Bool { resources.isEmpty }

    /// The live query of a name and normalised text.
    func query(_ resource: String, _ text: String) -> LiveQuery? { resources[resource]?.queries[text] }

    /// Makes a query live, or marks its name as incomplete where there are too many.
    mutating func track(_ query: LiveQuery, now: Instant) {
        let probe = now + limits.probeInterval
        let sources = query.dependencies.tables.union(query.parent.map { [$0.table.name] } ?? [])
        var resource =
            resources[query.resource]
            ?? Resource(sources: sources, interval: limits.probeInterval, nextProbe: probe)
        if count >= limits.capacity {
            incomplete.insert(query.resource)
        } else {
            resource.queries[query.text] = query
            groups.insert(query)
            count += 1
            resource.interval = limits.probeInterval
            resource.nextProbe = min(resource.nextProbe, probe)
        }
        nextDeadline = min(nextDeadline ?? .max, resource.nextProbe)
        resources[query.resource] = resource
    }

    /// Whether gateways may hold queries of a name that are not live.
    func isIncomplete(_ resource: String) -> Bool { incomplete.contains(resource) }

    /// Incomplete names of resources that read one of these tables; nil is for all.
    func incomplete(reading tables: Set<String>?) -> [String] {
        incomplete.filter { name in
            guard let tables, let resource = resources[name] else { return true }
            return !resource.sources.isDisjoint(with: tables)
        }
    }

    /// Ends probes whose time is over and drops what nobody asked for; gives the names to probe now.
    ///
    /// - Complexity: O(*n*) in the number of resource names when the deadline has passed, else O(1).
    mutating func probes(at now: Instant) -> [String] {
        guard let deadline = nextDeadline, now >= deadline else { return [] }
        var due: [String] = []
        for (name, resource) in resources {
            if let probedAt = resource.probedAt {
                if now >= probedAt + limits.probeDuration { endProbe(of: name, sentAt: probedAt, now: now) }
            } else if now >= resource.nextProbe {
                resources[name]?.probedAt = now
                for query in resource.queries.values { query.probe() }
                incomplete.remove(name)
                due.append(name)
            }
        }
        nextDeadline = resources.values.map { $0.probedAt.map { $0 + limits.probeDuration } ?? $0.nextProbe }
            .min()
        return due.sorted()
    }

    /// All live queries, in the order of their names and texts.
    var all: [LiveQuery] {
        resources.sorted { $0.key < $1.key }
            .flatMap { $0.value.queries.values.sorted { $0.text < $1.text } }
    }

    /// The live queries of a resource name.
    func queries(of resource: String) -> [LiveQuery] {
        resources[resource].map { Array($0.queries.values) } ?? []
    }

    /// Forgets one query, as when its row is gone and every gateway has been told.
    mutating func remove(_ query: LiveQuery) {
        guard resources[query.resource]?.queries.removeValue(forKey: query.text) != nil else { return }
        groups.remove(query)
        count -= 1
        if resources[query.resource]?.queries.isEmpty == true, !incomplete.contains(query.resource) {
            remove(query.resource)
        }
    }

    /// Forgets everything, as when the schema has changed and every gateway has been told to ask anew.
    mutating func removeAll() {
        self = LiveQueries(limits: limits)
    }

    /// Forgets the queries that read a table, after every gateway has been told to ask for them anew.
    mutating func removeAll(reading table: String) {
        for (name, resource) in resources where resource.sources.contains(table) { remove(name) }
    }

    private mutating func endProbe(of name: String, sentAt: Instant, now: Instant) {
        guard var resource = resources[name] else { return }
        let before = resource.queries.count
        for query in resource.queries.values { query.endProbe() }
        for (text, query) in resource.queries where query.confirmedAt < sentAt {
            resource.queries[text] = nil
            groups.remove(query)
            count -= 1
        }
        resource.probedAt = nil
        resource.interval =
            before == resource.queries.count
            ? min(resource.interval * 2, limits.maximumProbeInterval) : limits.probeInterval
        resource.nextProbe = now + resource.interval
        resources[name] = resource
        if resource.queries.isEmpty, !incomplete.contains(name) { remove(name) }
    }

    private mutating func remove(_ name: String) {
        guard let resource = resources.removeValue(forKey: name) else { return }
        for query in resource.queries.values { groups.remove(query) }
        count -= resource.queries.count
        incomplete.remove(name)
        if resources.isEmpty { nextDeadline = nil }
    }
}
