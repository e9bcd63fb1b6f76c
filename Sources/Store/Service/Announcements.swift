import RESProtocol

import struct NIOCore.ByteBuffer

/// From changes of the database to events.
extension StoreEngine {
    /// Publishes what a committed transaction of ours has changed: changes of rows, of collections, then deletions.
    ///
    /// - Parameters:
    ///   - changes: what has become of the rows; nil where that is still to be read.
    ///   - mayDeclare: whether it may have changed the schema.
    func announce(_ touched: TouchedRows, _ changes: [NetChange]?, mayDeclare: Bool, now: Instant) {
        guard !touched.isEmpty || mayDeclare || !touchedGenericNames.isEmpty else { return }
        if let changes, touched.overflown.isEmpty, isFollowedByRowsAlone {
            tally.count(changes)
            for change in changes { announceRow(change) }
            for change in changes { announceDeletion(change) }
            return
        }
        do throws(SQLiteError) {
            try database.reading { () throws(SQLiteError) in
                if mayDeclare { try adoptSchema() }
                let changes = if let changes { changes } else { try netChanges(of: touched) }
                for table in touched.overflown.values { forget(table) }
                tally.count(changes)
                if policy != nil || authentication != nil { try announceAccess(touched, changes) }
                for change in changes { announceRow(change) }
                try follow(changes, now: now)
                for change in changes { announceDeletion(change) }
                try announceGenerics()
            }
        } catch {
            // What has changed can no longer be told, so whoever holds anything has to ask anew.
            resetEverything()
        }
    }

    /// Whether telling a change takes nothing from the database but the rows that it is of.
    private var isFollowedByRowsAlone: Bool {
        liveQueries.isEmpty && liveViewRows.count == 0 && policy == nil && authentication == nil
            && touchedGenericNames.isEmpty
    }

    /// Compares what a transaction has touched with what is there at its end.
    func netChanges(of touched: TouchedRows) throws(SQLiteError) -> [NetChange] {
        var changes: [NetChange] = []
        changes.reserveCapacity(touched.touches.count)
        for touch in touched.touches where schema.table(named: touch.table.name) === touch.table {
            let image = try database.reader.image(touch.table, touch.key)
            if let change = NetChange(touch, now: image) { changes.append(change) }
        }
        return changes
    }

    /// Notices what other connections have committed and publishes it.
    func synchronise(now: Instant) throws(SQLiteError) {
        guard database.mayHaveOtherWriters else { return }
        if try database.hasOutsideChanges() { isOutOfStep = true }
        guard isOutOfStep else { return }
        try adoptSchema()
        if policy != nil || authentication != nil { try announceOutsideAccess() }
        var deleted = try refresh(&liveRows)
        deleted += try refresh(&liveViewRows)
        try refreshAll(now: now)
        try synchroniseGenerics()
        for (table, key) in deleted { outbox.event("delete", of: table.rowName(key)) }
        let overflown = liveRows.takeOverflown() + liveViewRows.takeOverflown()
        outbox.reset(resources: overflown.map { $0.resourceName + ".*" })
        isOutOfStep = false
    }

    /// Tells every gateway to ask anew for whatever it holds.
    func resetEverything() {
        liveQueries.removeAll()
        liveRows.removeAll()
        liveViewRows.removeAll()
        deferred.removeAll()
        outbox.reset(resources: allResources)
    }

    /// Reads rows anew that gateways may hold, and publishes what is different; gives those that are gone.
    private func refresh(
        _ rows: inout LiveRows,
        touchedBy touched: TouchedTables? = nil
    ) throws(SQLiteError) -> [(Table, RowKey)] {
        var deleted: [(Table, RowKey)] = []
        for row in rows.all {
            if let touched, !QueryDependencies(viewRow: row.table).areTouched(by: touched) { continue }
            var model = ByteBuffer()
            guard try database.reader.writeModel(row.table, row.key, into: &model) else {
                rows.remove(row.table, row.key)
                deleted.append((row.table, row.key))
                continue
            }
            guard let values = ModelDifference.object(from: row.model, to: model) else { continue }
            rows.update(row.table, row.key, model: model)
            publishChange(row.table.rowName(row.key)) { $0.writeJSON(values) }
        }
        return deleted
    }

    /// Leads the live queries through our own changes and publishes what is different.
    private func follow(_ changes: [NetChange], now: Instant) throws(SQLiteError) {
        guard !changes.isEmpty, !liveQueries.isEmpty || liveViewRows.count > 0 else { return }
        let touched = TouchedTables(changes)
        let deleted = liveViewRows.count > 0 ? try refresh(&liveViewRows, touchedBy: touched) : []
        var concerned = liveQueries.groups.apply(changes)
        for change in changes where change.key.hasNull {
            for group in liveQueries.groups.all(of: change.table) {
                try fill(group, length: group.fullLength)
                group.forgetTotal()
                concerned.append(group)
            }
        }
        for group in concerned {
            if let length = group.refillLength { try fill(group, length: length) }
            if group.needsTotal { try count(group) }
        }
        let others =
            liveQueries.groups.ofRows(changes) + liveQueries.groups.ungrouped(touchedBy: touched)
        try publish(
            concerned,
            others,
            gone: liveQueries.groups.orphaned(by: changes),
            incomplete: liveQueries.incomplete(reading: Set(touched.tables.keys)),
            now: now
        )
        for (table, key) in deleted { outbox.event("delete", of: table.rowName(key)) }
    }

    /// Reads all live queries anew and publishes what is different.
    private func refreshAll(now: Instant) throws(SQLiteError) {
        let groups = liveQueries.groups.all()
        for group in groups {
            if !group.windows.isEmpty { try fill(group, length: group.fullLength) }
            if group.hasCounts { try count(group) }
        }
        let others = liveQueries.groups.ungrouped(touchedBy: nil)
        var gone: [LiveQuery] = []
        for (parent, queries) in liveQueries.groups.ofParents
        where try !database.reader.exists(parent.table, parent.key) { gone += queries }
        try publish(groups, others, gone: gone, incomplete: liveQueries.incomplete(reading: nil), now: now)
    }

    /// Reads queries anew, whatever that costs, and publishes what is different.
    func refresh(_ queries: [LiveQuery], now: Instant) throws(SQLiteError) {
        try publish([], queries, incomplete: [], isForced: true, now: now)
    }

    /// Publishes what has changed in the windows of groups, and in queries that have to be read anew.
    ///
    /// - Parameters:
    ///   - gone: queries of what refers to a row that is no more, and so are they.
    ///   - incomplete: names of which gateways may hold queries that are not live.
    ///   - isForced: whether queries are read that should rest.
    func publish(
        _ groups: [QueryGroup],
        _ queries: [LiveQuery],
        gone: [LiveQuery] = [],
        incomplete: [String],
        isForced: Bool = false,
        now: Instant
    ) throws(SQLiteError) {
        var answers: [String: [QueryEvent.Answer]] = [:]
        var ended: Set<ObjectIdentifier> = []
        func tell(_ query: LiveQuery, _ events: [ResourceEvent]) {
            guard !events.isEmpty, !ended.contains(ObjectIdentifier(query)) else { return }
            query.cost.changes += 1
            answers[query.resource, default: []].append(QueryEvent.Answer(query: query.text, events: events))
        }
        for query in gone {
            liveQueries.remove(query)
            tell(query, [.delete])
            ended.insert(ObjectIdentifier(query))
        }
        for group in groups {
            for (query, content) in group.takeChanges() {
                let events = query.events(to: content)
                query.content = content
                tell(query, events)
            }
        }
        for query in queries
        where !ended.contains(ObjectIdentifier(query)) && (isForced || !isDeferred(query, now: now)) {
            guard let (content, cost) = try read(query.source, nil) else {
                liveQueries.remove(query)
                tell(query, [.delete])
                continue
            }
            query.isDirty = false
            query.cost.add(cost)
            let pause = configuration.liveQueries.pause(after: cost)
            query.readableAt = now + pause
            if pause > 0 { costlyRest = max(costlyRest, now) + pause }
            let events = query.events(to: content)
            query.content = content
            tell(query, events)
        }
        for resource in Set(answers.keys).union(incomplete).sorted() {
            let known = (answers[resource] ?? []).sorted { $0.query < $1.query }
            let subject = queryEvents.add(known, of: resource, now: now)
            let isIncomplete = liveQueries.isIncomplete(resource)
            outbox.queryEvent(QueryEvent(subject: subject, answers: isIncomplete ? nil : known), of: resource)
        }
    }

    private func announceRow(_ change: NetChange) {
        let table = change.table
        switch change.kind {
        case .created: outbox.event("create", of: table.rowName(change.key))
        case .changed(let columns, let image):
            publishChange(table.rowName(change.key)) {
                table.writeChange(of: columns, to: image, key: change.key, into: &$0)
            }
            guard liveRows.contains(table, change.key) else { return }
            var model = ByteBuffer()
            table.writeModel(image, key: change.key, into: &model)
            liveRows.update(table, change.key, model: model)
        case .deleted: break
        }
    }

    private func announceDeletion(_ change: NetChange) {
        guard case .deleted = change.kind else { return }
        liveRows.remove(change.table, change.key)
        outbox.event("delete", of: change.table.rowName(change.key))
    }

    func publishChange(_ resource: String, _ write: (inout ByteBuffer) -> Void) {
        var payload = ByteBuffer()
        payload.writeStaticString("{\"values\":")
        write(&payload)
        payload.writeStaticString("}")
        outbox.event("change", of: resource, payload)
    }

    /// Too many rows of a table were touched to tell them apart, or it is another table from now on.
    func forget(_ table: Table) {
        var names = [table.resourceName, table.resourceName + ".>"]
        for parent in schema.tables {
            for reverse in parent.reverses where reverse.table == table.name {
                names.append("\(parent.resourceName).*.\(reverse.part)")
                names.append("\(parent.resourceName).*.\(reverse.part).$count")
            }
        }
        for view in schema.tables where view.columnsRead[table.name] != nil {
            names += [view.resourceName, view.resourceName + ".>"]
            liveViewRows.removeAll(of: view)
        }
        for named in namedQueries where named.reads[table.name] != nil {
            names.append(ownPrefix + "q." + named.part)
        }
        liveQueries.removeAll(reading: table.name)
        outbox.reset(resources: names)
    }
}
