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

    /// A token that has not ended: one of ours that has counts no more, even before its connection has lost it.
    func valid(_ token: JSONSlice?) -> JSONSlice? {
        guard let authentication, let token, let expires = token["exp"]?.integer, expires <= unixTime,
            token["rid"]?.string?.hasPrefix(authentication.users.table.resourceName + ".") == true
        else { return token }
        return nil
    }

    private func access(
        to id: ResourceID,
        _ token: JSONSlice?,
        _ policy: AccessPolicy
    ) throws(SQLiteError) -> (mayGet: Bool, methods: String?) {
        // What is not there is open: the answer to the request that follows says so, and what would be right.
        guard let resource = try? resource(named: id.name) else { return (true, "*") }
        var check = AccessCheck(policy: policy, token: valid(token), subject: id.text, logger: logger)
        switch resource {
        case .row(let table, let key):
            let rules = policy.rules(of: table)
            var mayGet = try check.isTrue(rules.get, on: .row(key), "get")
            if mayGet, id.query != nil || table.linkMode == .hard {
                mayGet = try mayFollow(table, id.query, &check)
            }
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
        case .count(let counted):
            var scope: [Int: SQLValue] = [:]
            if case .reverse(_, let reverse, _, let key) = counted {
                scope = Dictionary(
                    zip(reverse.columns, key.bindings),
                    uniquingKeysWith: { first, _ in first }
                )
            }
            switch counted {
            case .table(let table), .reverse(let table, _, _, _):
                return (try mayList(table, scope: scope, id, &check), nil)
            case .named(let named):
                let rules = policy.rules(ofNamedSQL: named.definition.name)
                return (try check.isTrue(rules.get, on: .nothing, "get"), nil)
            default: return (try check.isTrue(policy.common.get, on: .nothing, "get"), nil)
            }
        case .named(let named):
            let rules = policy.rules(ofNamedSQL: named.definition.name)
            return (try check.isTrue(rules.get, on: .nothing, "get"), nil)
        case .queries:
            var methods: [String] = []
            for named in namedQueries
            where try check.isTrue(
                policy.rules(ofNamedSQL: named.definition.name).others,
                on: .nothing,
                named.part
            ) {
                methods.append(named.part)
            }
            let mayGet = try check.isTrue(policy.common.get, on: .nothing, "get")
            return (mayGet, methods.isEmpty ? nil : methods.joined(separator: ","))
        // What others ask for is nobody's business where there are secrets, unless it is said who may see it.
        case .live where policy.configuration.defaults.get == nil || policy.isPartlyClosed:
            return (false, nil)
        case .schema, .live: return (try check.isTrue(policy.common.get, on: .nothing, "get"), nil)
        case .generic:
            let mayGet = try check.isTrue(policy.common.get, on: .nothing, "get")
            return (mayGet, try check.methods(policy.common, StoreMethod.generic, on: .nothing))
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
        let query = try? QueryParser.parse(
            id.query,
            table: table,
            schema: schema,
            limits: table.limits(configuration.queries)
        )
        var fixed: [Int: SQLValue] = [:]
        for filter in query?.filters ?? [] {
            if case .equal(let value) = filter.test { fixed[filter.column] = value }
        }
        fixed.merge(scope) { _, implied in implied }
        let rule = check.policy.rules(of: table).list
        guard try check.isTrue(rule, on: .rows(fixed), "get") else { return false }
        return try mayFollow(table, query?.expand, query?.fields == nil, &check)
    }

    /// Whether a row may be read with what it sends along.
    private func mayFollow(
        _ table: Table,
        _ query: String?,
        _ check: inout AccessCheck
    ) throws(SQLiteError) -> Bool {
        let expansion = query.flatMap {
            try? QueryParser.parseRow($0, table: table, schema: schema, limits: configuration.queries)
        }
        return try mayFollow(table, expansion, true, &check)
    }

    /// Whether everything that rows send along may be read as well: gateways do not ask about it by itself.
    private func mayFollow(
        _ table: Table,
        _ expansion: Expansion?,
        _ showsLinks: Bool,
        _ check: inout AccessCheck
    ) throws(SQLiteError) -> Bool {
        guard showsLinks, expansion != nil || table.linkMode == .hard else { return true }
        var visited: Set<ObjectIdentifier> = []
        return try mayFollow(table, expansion, &visited, &check)
    }

    private func mayFollow(
        _ table: Table,
        _ expansion: Expansion?,
        _ visited: inout Set<ObjectIdentifier>,
        _ check: inout AccessCheck
    ) throws(SQLiteError) -> Bool {
        guard visited.insert(ObjectIdentifier(table)).inserted || expansion != nil else { return true }
        for link in table.links {
            let child = expansion?.children[link.part]
            guard child != nil || table.linkMode == .hard else { continue }
            guard let target = schema.table(named: link.targetTable) else { continue }
            guard try check.isTrue(check.policy.rules(of: target).get, on: .rows([:]), "get"),
                try mayFollow(target, child, &visited, &check)
            else { return false }
        }
        for reverse in table.reverses {
            guard let child = expansion?.children[reverse.part],
                let target = schema.table(named: reverse.table)
            else { continue }
            let rules = check.policy.rules(of: target)
            guard try check.isTrue(rules.list, on: .rows([:]), "get"),
                try check.isTrue(rules.get, on: .rows([:]), "get"),
                try mayFollow(target, child, &visited, &check)
            else { return false }
        }
        return true
    }
}
