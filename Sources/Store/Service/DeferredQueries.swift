import RESProtocol

/// Live queries that are not read anew after every commit.
extension StoreEngine {
    /// When a query may be read anew. The costly ones wait for each other: many, held or not, take no more than a few.
    func readingTime(of query: LiveQuery) -> Instant {
        configuration.liveQueries.isCostly(query.cost.lastSteps)
            ? max(query.readableAt, costlyRest) : query.readableAt
    }

    /// Puts off reading a query that is costly and was read, or another one, a short while ago; whether it was.
    func isDeferred(_ query: LiveQuery, now: Instant) -> Bool {
        guard readingTime(of: query) > now else { return false }
        if !query.isDirty { deferred.append(query) }
        query.isDirty = true
        return true
    }

    /// Reads the queries that were put off and whose time has come; of the costly ones the first, for which the others
    /// then wait.
    func refreshDeferred(now: Instant) throws(SQLiteError) {
        deferred.removeAll { !$0.isDirty || liveQueries.query($0.resource, $0.text) !== $0 }
        var due: [LiveQuery] = []
        var hasCostly = false
        for query in deferred where readingTime(of: query) <= now {
            let isCostly = configuration.liveQueries.isCostly(query.cost.lastSteps)
            if isCostly, hasCostly { continue }
            due.append(query)
            hasCostly = hasCostly || isCostly
        }
        guard !due.isEmpty else { return }
        do throws(SQLiteError) {
            try publish([], due, incomplete: [], isForced: true, now: now)
            deferred.removeAll { !$0.isDirty }
        } catch {
            // As of a database that another process has locked.
            for query in due where query.isDirty {
                query.readableAt = now + configuration.liveQueries.retryInterval
            }
            throw error
        }
    }

    /// Publishes what has changed in the list of live queries, at most once in `listInterval`.
    func refreshLists(now: Instant) throws(SQLiteError) {
        guard !liveQueries.groups.lists.isEmpty, now >= listDue else { return }
        listDue = now + configuration.liveQueries.listInterval
        try publish([], liveQueries.groups.lists, incomplete: [], now: now)
    }
}
