import Logging
import RESProtocol

import struct NIOCore.ByteBuffer

/// Access requests: what a token may do with a resource (RES service protocol, "Access request").
extension StoreEngine {
    /// Answers whether a resource may be read, and which of its methods may be called.
    func answerAccess(_ request: ServiceRequest, _ reply: Subject?) {
        guard reply != nil else { return }
        if request.resource.name == ownPrefix + "auth" {
            return grant(false, authentication?.callable, reply)
        }
        guard let policy else { return grant(true, "*", reply) }
        do throws(SQLiteError) {
            let access = try access(to: request.resource, request.token, policy)
            grant(access.mayGet, access.methods, reply)
        } catch {
            outbox.reply(to: reply, RESError(error))
        }
    }

    private func grant(_ mayGet: Bool, _ methods: String?, _ reply: Subject?) {
        var payload = ByteBuffer()
        payload.writeStaticString("{\"result\":{\"get\":")
        payload.writeJSON(mayGet)
        if let methods {
            payload.writeStaticString(",\"call\":")
            payload.writeJSON(methods)
        }
        payload.writeStaticString("}}")
        outbox.reply(to: reply, payload)
    }

    private func access(
        to id: ResourceID,
        _ token: JSONSlice?,
        _ policy: AccessPolicy
    ) throws(SQLiteError) -> (mayGet: Bool, methods: String?) {
        // What is not there is open: the answer to the request that follows says so, and what would be right.
        guard let resource = try? resource(named: id.name) else { return (true, "*") }
        var check = AccessCheck(policy: policy, token: token, subject: id.text, logger: logger)
        switch resource {
        case .row(let table, let key):
            let rules = policy.rules(of: table)
            let mayGet = try check.mayReadRow(rules.get, table, key)
            return (mayGet, try check.methods(rules, StoreMethod.row, on: .row(key)))
        case .table(let table):
            let rules = policy.rules(of: table)
            let mayGet = try mayList(table, scope: [:], id, &check)
            return (mayGet, try check.methods(rules, StoreMethod.collection, on: .newRow))
        case .reverse(let table, let reverse, _, let key):
            let scope = Dictionary(
                zip(reverse.columns, key.bindings),
                uniquingKeysWith: { first, _ in first }
            )
            let mayGet = try mayList(table, scope: scope, id, &check)
            return (mayGet, try check.methods(policy.rules(of: table), ["new"], on: .newRow))
        case .database:
            let mayGet = try check.isTrue(policy.common.get, on: .nothing, "get")
            var methods = ["batch"]
            for table in schema.tables where !table.isView {
                let rule = policy.rules(of: table).rule(for: "new")
                if try check.isTrue(rule, on: .newRow, "new") { methods.append(NamePart.encode(table.name)) }
            }
            return (mayGet, methods.joined(separator: ","))
        }
    }

    /// Whether a collection may be read: whether the rule is true for every row that can ever be in it.
    private func mayList(
        _ table: Table,
        scope: [Int: SQLValue],
        _ id: ResourceID,
        _ check: inout AccessCheck
    ) throws(SQLiteError) -> Bool {
        let rule = check.policy.rules(of: table).list
        guard case .expression(let compiled) = rule else {
            return try check.isTrue(rule, on: .nothing, "get")
        }
        var fixed: [Int: SQLValue] = [:]
        if !compiled.columns.isEmpty,
            let query = try? QueryParser.parse(id.query, table: table, limits: configuration.queries)
        {
            for filter in query.filters {
                if case .equal(let value) = filter.test { fixed[filter.column] = value }
            }
        }
        fixed.merge(scope) { _, implied in implied }
        return try check.isTrue(rule, on: .rows(fixed), "get")
    }
}
