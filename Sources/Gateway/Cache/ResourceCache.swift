import DequeModule
package import RESProtocol

/// The resources that clients of this gateway have, had a moment ago, or are about to get: one get request each,
/// however many clients, and kept up to date by the services' events.
///
/// Decides and asks; all it knows of the world is its `ServicePort`.
package final class ResourceCache {
    let port: any ServicePort
    /// Who watches events; nil while nobody does.
    var observer: (any GatewayObserver)?
    /// How long a name is kept after its last use, in nanoseconds.
    let retention: UInt64
    /// How long to wait before a request is tried again after the bus came back, in nanoseconds.
    private let retryDelay: UInt64 = 1_000_000_000
    /// How long services that do not answer are waited for after the bus came back, in nanoseconds.
    private let patience: UInt64
    /// Until when.
    private var patienceEnd: UInt64 = 0
    /// Requests that one reset may have under way; nil for any number.
    private let resetThrottle: Int?
    /// Events that may wait for an answer, of one name and of one resource. Beyond them all is fetched anew.
    let maximumHeldEvents: Int
    /// Bytes of queries of one name that are kept while nobody follows them.
    let maximumIdleQueryBytes: Int

    private var names: [String: CachedName] = [:]
    var idle = IdleList()
    /// In order of their times.
    private var retries: Deque<Retry> = []

    private struct Retry {
        let time: UInt64
        let action: () -> Void
    }

    /// - Parameters:
    ///   - retention: nanoseconds.
    ///   - patience: nanoseconds that services which do not answer are waited for after the bus came back.
    ///   - resetThrottle: requests that one system reset may have under way; nil for any number.
    ///   - maximumHeldEvents: events that may wait while answers are under way that come before them.
    ///   - maximumIdleQueryBytes: of one name's queries that are kept while nobody follows them.
    package init(
        port: any ServicePort,
        retention: UInt64 = 5_000_000_000,
        patience: UInt64 = 30_000_000_000,
        resetThrottle: Int? = nil,
        maximumHeldEvents: Int = 10_000,
        maximumIdleQueryBytes: Int = 4 << 20
    ) {
        self.port = port
        self.retention = retention
        self.patience = patience
        self.resetThrottle = resetThrottle
        self.maximumHeldEvents = maximumHeldEvents
        self.maximumIdleQueryBytes = maximumIdleQueryBytes
    }

    /// How many names are kept.
    package var count: Int { names.count }

    /// Subscriptions to all names, and requests under way for them.
    ///
    /// - Complexity: O(*n*) in the names.
    package var subscriptionCount: Int { names.values.reduce(0) { $0 + $1.uses } }

    /// Lists a subscriber for a resource, which is asked for where it is not there.
    ///
    /// - Parameter throttle: paces the get request; nil sends it at once.
    /// - Returns: whether the content is there. Otherwise the subscriber is told when it is.
    func attach(
        _ subscriber: CacheSubscriber,
        to id: ResourceID,
        _ throttle: RequestThrottle? = nil
    ) -> Bool {
        let name = entry(id.name)
        name.use()
        return name.resource(query: id.query ?? "").add(subscriber, throttle)
    }

    /// The entry of a resource that is there with all that it leads to, so that it can be given without asking for
    /// anything.
    ///
    /// - Parameter limit: of references that are looked at.
    /// - Complexity: O(*n*) in what the resource leads to.
    func completeEntry(of id: ResourceID, limit: Int) -> CachedName? {
        guard let entry = names[id.name], let root = entry.resource(listed: id.query)?.current else {
            return nil
        }
        if root.content.references.count <= limit, leaves(of: root) != nil { return entry }
        var stack = root.content.references
        // Only what leads further can be part of a cycle.
        var visited: Set<String> = []
        var seen = 0
        while let next = stack.popLast() {
            seen += 1
            guard seen <= limit, let found = names[next.name]?.resource(listed: next.query)?.current else {
                return nil
            }
            if !found.content.references.isEmpty, visited.insert(next.text).inserted {
                stack.append(contentsOf: found.content.references)
            }
        }
        return entry
    }

    /// What a resource holds, where that is there; it is kept from now on as after any other use.
    func used(_ id: ResourceID) -> ContentSnapshot? {
        guard let name = names[id.name], let resource = name.resource(listed: id.query) else { return nil }
        guard let current = resource.current else { return nil }
        name.touch(resource, now: port.now)
        return current
    }

    /// The entries of what a resource references, in order; nil where some of it is not there or leads further.
    func leaves(of root: ContentSnapshot) -> [CachedResource]? {
        if let known = root.referenced, known.allSatisfy(\.isCurrentLeaf) { return known }
        var found: [CachedResource] = []
        found.reserveCapacity(root.content.references.count)
        for id in root.content.references {
            guard let leaf = names[id.name]?.resource(listed: id.query), leaf.isCurrentLeaf else {
                return nil
            }
            found.append(leaf)
        }
        root.referenced = found
        return found
    }

    /// Has resources kept from now on as after any other use.
    func touch(_ resources: [CachedResource]) {
        let now = port.now
        for resource in resources { resource.name.touch(resource, now: now) }
    }

    /// Unlists a subscriber; nothing happens where it is not listed.
    func detach(_ subscriber: CacheSubscriber) {
        guard let resource = subscriber.resource else { return }
        resource.remove(subscriber)
        resource.name.release()
    }

    private func entry(_ name: String) -> CachedName {
        // One search serves for the one that is there and for a new one.
        ResourceCache.value(of: &names[name, default: CachedName(cache: self, name: name)])
    }

    private static func value(of entry: inout CachedName) -> CachedName { entry }

    func report(_ problem: String, _ subject: String) {
        port.report(problem, subject)
    }
}

// MARK: - Time

extension ResourceCache {
    func becameIdle(_ name: CachedName) {
        let deadline = port.now &+ retention
        let isFirst = idle.nextDeadline == nil
        idle.append(name, deadline: deadline)
        if isFirst { port.wakeCache(at: deadline) }
    }

    /// Tries something again after a while.
    func retry(_ action: @escaping () -> Void) {
        let time = port.now &+ retryDelay
        retries.append(Retry(time: time, action: action))
        port.wakeCache(at: time)
    }

    /// Whether the bus has come back so lately that a service which does not answer may still do so.
    var isServiceAwaited: Bool { port.now < patienceEnd }

    /// Does what is due. Called at the time that `ServicePort.wakeCache` was given.
    package func wake() {
        let now = port.now
        while let name = idle.removeFirst(until: now) {
            names[name.name] = nil
            name.close()
        }
        let due = retries.prefix { $0.time <= now }
        retries.removeFirst(due.count)
        for retry in due { retry.action() }
        if let next = [idle.nextDeadline, retries.first?.time].compactMap({ $0 }).min() {
            port.wakeCache(at: next)
        }
    }
}

// MARK: - Resets

extension ResourceCache {
    /// Fetches anew what matches, and has access asked for anew where that matches
    /// (RES service protocol, "System reset event"). Patterns that are none are skipped.
    ///
    /// A service that says so has mostly just started. Should it be gone again when it is asked, it is waited for.
    package func systemReset(_ payload: JSONSlice) {
        let throttle = resetThrottle.map { RequestThrottle(limit: $0) }
        let deadline = port.now &+ patience
        for name in names(matching: ResetPatterns(payload["resources"])) {
            name.forgetIdleQueries()
            for resource in name.resources { resource.reset(throttle, awaitedUntil: deadline) }
        }
        for name in names(matching: ResetPatterns(payload["access"])) {
            for resource in name.resources { resource.accessChanged(throttle, awaitedUntil: deadline) }
        }
    }

    /// The bus is gone: events are lost from now on, so nothing that is cached can be trusted.
    package func busDisconnected() {
        for name in names.values {
            name.forgetIdleQueries()
            for resource in name.resources { resource.becomeStale() }
        }
    }

    /// The bus is back: everything in use is fetched anew, and the rest forgotten.
    package func busReconnected() {
        patienceEnd = port.now &+ patience
        for name in sortedNames {
            for resource in name.resources {
                if resource.subscribers.isEmpty, resource.waiting.isEmpty, resource.state == .loaded {
                    resource.forget()
                    continue
                }
                resource.becomeStale()
                resource.reset()
                resource.accessChanged(nil)
            }
        }
    }

    private var sortedNames: [CachedName] { names.values.sorted { $0.name < $1.name } }

    private func names(matching patterns: ResetPatterns) -> [CachedName] {
        patterns.isEmpty ? [] : names.values.filter { patterns.match($0.name) }.sorted { $0.name < $1.name }
    }
}
