import RESProtocol

import struct NIOCore.ByteBuffer

/// From changes of the database to events.
extension StoreEngine {
    /// Publishes what a committed transaction of ours has changed: changes of rows, of collections, then deletions.
    func announce(_ touched: TouchedRows, now: Instant) {
        guard !touched.isEmpty else { return }
        do throws(SQLiteError) {
            try database.reading { () throws(SQLiteError) in
                var changes: [NetChange] = []
                for touch in touched.touches {
                    let image = try database.reader.image(touch.table, touch.key)
                    if let change = NetChange(touch, now: image) { changes.append(change) }
                }
                for table in touched.overflown.values { forget(table) }
                tally.count(changes)
                for change in changes { announceRow(change) }
                try follow(changes, now: now)
                for change in changes { announceDeletion(change) }
            }
        } catch {
            // What has changed can no longer be told, so whoever holds anything has to ask anew.
            resetEverything()
        }
    }

    /// Notices what other connections have committed and publishes it.
    func synchronise(now: Instant) throws(SQLiteError) {
        guard database.mayHaveOtherWriters, try database.hasOutsideChanges() else { return }
        if try database.hasNewSchema() {
            schema = try SchemaReader.read(database.connection, serviceName: schema.serviceName)
            database.schemaChanged(schema)
            return resetEverything()
        }
        var deleted: [(Table, RowKey)] = []
        for row in liveRows.all {
            var model = ByteBuffer()
            guard try database.reader.writeModel(row.table, row.key, into: &model) else {
                liveRows.remove(row.table, row.key)
                deleted.append((row.table, row.key))
                continue
            }
            guard let values = ModelDifference.object(from: row.model, to: model) else { continue }
            liveRows.update(row.table, row.key, model: model)
            publishChange(row.table.rowName(row.key)) { $0.writeJSON(values) }
        }
        try refreshAll(now: now)
        for (table, key) in deleted { outbox.event("delete", of: table.rowName(key)) }
        outbox.reset(resources: liveRows.takeOverflown().map { $0.resourceName + ".*" })
    }

    /// Tells every gateway to ask anew for whatever it holds.
    func resetEverything() {
        liveQueries.removeAll()
        liveRows.removeAll()
        outbox.reset(resources: allResources)
    }

    /// Leads the live queries through our own changes and publishes what is different.
    private func follow(_ changes: [NetChange], now: Instant) throws(SQLiteError) {
        guard !changes.isEmpty, !liveQueries.isEmpty else { return }
        var concerned = liveQueries.groups.apply(changes)
        for change in changes where change.key.hasNull {
            for group in liveQueries.groups.all(of: change.table) {
                try fill(group, length: group.fullLength)
                concerned.append(group)
            }
        }
        for group in concerned {
            if let length = group.refillLength { try fill(group, length: length) }
        }
        try publish(concerned, Set(changes.map(\.table.name)), now: now)
    }

    /// Reads all live queries anew and publishes what is different.
    private func refreshAll(now: Instant) throws(SQLiteError) {
        let groups = liveQueries.groups.all()
        for group in groups { try fill(group, length: group.fullLength) }
        try publish(groups, nil, now: now)
    }

    private func fill(_ group: QueryGroup, length: Int) throws(SQLiteError) {
        group.fill(try database.reader.places(group.query, of: group.table, length: length), length: length)
    }

    /// Publishes what has changed in the windows of groups, and in the queries without a group that read tables.
    private func publish(_ groups: [QueryGroup], _ tables: Set<String>?, now: Instant) throws(SQLiteError) {
        var answers: [String: [QueryEvent.Answer]] = [:]
        func tell(_ query: LiveQuery, _ elements: [WindowElement]) {
            let events = WindowDifference.events(from: query.elements, to: elements, in: query.table)
            guard !events.isEmpty else { return }
            query.elements = elements
            answers[query.resource, default: []].append(QueryEvent.Answer(query: query.text, events: events))
        }
        for group in groups {
            for (window, elements) in group.takeChanges() { tell(window, elements) }
        }
        for query in liveQueries.groups.ungrouped(reading: tables) {
            tell(query, try database.reader.elements(query.query, of: query.table))
        }
        let incomplete = liveQueries.incomplete(reading: tables)
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
            publishChange(table.rowName(change.key)) { table.writeChange(of: columns, to: image, into: &$0) }
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

    private func publishChange(_ resource: String, _ write: (inout ByteBuffer) -> Void) {
        var payload = ByteBuffer()
        payload.writeStaticString("{\"values\":")
        write(&payload)
        payload.writeStaticString("}")
        outbox.event("change", of: resource, payload)
    }

    /// Too many rows of a table were touched to tell them apart.
    private func forget(_ table: Table) {
        var names = [table.resourceName, table.resourceName + ".>"]
        for parent in schema.tables {
            for reverse in parent.reverses where reverse.table == table.name {
                names.append("\(parent.resourceName).*.\(reverse.part)")
            }
        }
        for view in schema.tables where view.dependencies.contains(table.name) {
            names.append(view.resourceName)
        }
        liveQueries.removeAll(reading: table.name)
        outbox.reset(resources: names)
    }
}
