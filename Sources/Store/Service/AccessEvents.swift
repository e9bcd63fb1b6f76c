import RESProtocol

import struct NIOCore.ByteBuffer

/// What a change of the data means for who may do what.
extension StoreEngine {
    /// Tells gateways what to ask anew after a transaction of ours; before the events of its rows.
    func announceAccess(_ touched: TouchedRows, _ changes: [NetChange]) throws(SQLiteError) {
        if let authentication {
            let table = authentication.users.table
            let hasOverflown = touched.overflown.values.contains { $0 === table }
            let keys = touched.touches.filter { $0.table === table }.map(\.key)
            if hasOverflown {
                try resetTokens(of: nil, authentication)
            } else if !keys.isEmpty {
                try resetTokens(of: keys, authentication)
            }
        }
        guard let policy else { return }
        for change in changes {
            guard case .changed(let columns, _) = change.kind else { continue }
            if policy.follows(change.table, changed: columns) {
                outbox.event("reaccess", of: change.table.rowName(change.key))
            }
        }
        // A rule may read a column that is not served, and whose change is no change to clients.
        let told = Set(changes.map { LiveRows.ID(table: ObjectIdentifier($0.table), key: $0.key) })
        for touch in touched.touches
        where policy.readsHidden(touch.table)
            && !told.contains(LiveRows.ID(table: ObjectIdentifier(touch.table), key: touch.key))
        {
            outbox.event("reaccess", of: touch.table.rowName(touch.key))
        }
        let names = Set(touched.touches.map { $0.table.name.lowercased() })
            .union(touched.overflown.values.map { $0.name.lowercased() })
        resetAccess(policy.dependents.filter { names.contains($0.key) }.values.flatMap { $0 })
    }

    /// The same after commits of other processes, of which it is not known what they touched.
    func announceOutsideAccess() throws(SQLiteError) {
        if let authentication { try resetTokens(of: nil, authentication) }
        guard let policy else { return }
        resetAccess(schema.tables.filter { policy.follows($0, changed: nil) || policy.readsOthers($0) })
    }

    /// Has gateways ask anew what everybody may do with everything.
    func resetAllAccess() { outbox.reset(resources: [], access: allResources) }

    /// Has connections whose tokens have ended log out.
    func endSessions(now: Instant) {
        guard let authentication else { return }
        resetTokens(authentication.takeEnded(now: now))
    }

    private func resetAccess(_ tables: [Table]) {
        let names = Set(tables.flatMap { [$0.resourceName, $0.resourceName + ".>"] })
        outbox.reset(resources: [], access: names.sorted())
    }

    private func resetTokens(of keys: [RowKey]?, _ authentication: Authentication) throws(SQLiteError) {
        resetTokens(try authentication.outdated(among: keys))
    }

    private func resetTokens(_ ids: [String]) {
        guard !ids.isEmpty else { return }
        var payload = ByteBuffer()
        payload.writeStaticString("{\"tids\":")
        payload.writeJSON(names: ids)
        payload.writeStaticString(",\"subject\":")
        payload.writeJSON("auth.\(ownPrefix)auth.check")
        payload.writeStaticString("}")
        outbox.event(to: "system.tokenReset", payload)
    }
}

extension AccessPolicy {
    /// Whether a rule of the table reads a column that is not served.
    func readsHidden(_ table: Table) -> Bool {
        let compiled = rules(of: table).compiled
        guard !compiled.isEmpty else { return false }
        let shown = Set(table.columns.map { $0.name.lowercased() })
        return compiled.contains { !$0.columns.isSubset(of: shown) }
    }

    /// Whether a rule of the table reads another one.
    func readsOthers(_ table: Table) -> Bool {
        rules(of: table).compiled.contains { !$0.otherTables.isEmpty }
    }
}
