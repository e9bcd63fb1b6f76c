import DequeModule

/// Queries that nobody follows.
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
