import RESProtocol

/// Calls, checked where they take effect: a batch, or a client of the bus, has not been asked about by a gateway.
extension StoreEngine {
    /// Performs a call for whom the rules allow it; a row is checked as it was before, and as it is afterwards.
    ///
    /// Runs inside a savepoint that the caller undoes when this throws.
    func perform(_ request: WriteRequest) throws(RESError) -> ServiceResponse.Outcome {
        guard let policy else { return try performAllowed(request) }
        let resource = try resource(named: request.resource)
        var check = AccessCheck(
            policy: policy,
            token: valid(request.token),
            subject: request.resource,
            logger: logger
        )
        check.params = request.params
        check.isCall = true
        guard let subject = try subject(of: request, resource) else { return try performAllowed(request) }
        let (rules, method, table) = subject
        let rule = rules.rule(for: method)
        var isMissing = false
        if case .row(_, let key) = resource {
            // A `put` where no row is makes one: what counts is what it becomes.
            isMissing = method == "put" ? try !exists(table, key) : false
            if isMissing {
                try require(rules.rule(for: "new"), .newRow, "new", check)
            } else {
                try require(rule, .row(key), method, check)
            }
        } else {
            try require(rule, .newRow, method, check)
        }
        let outcome = try performAllowed(request)
        guard let table, method != "delete", let key = key(after: outcome, resource, table) else {
            return outcome
        }
        if rule.compiled?.dependsOnData == true { try require(rule, .row(key), method, check) }
        if isMissing, rules.rule(for: "new").compiled?.dependsOnData == true {
            try require(rules.rule(for: "new"), .row(key), "new", check)
        }
        return outcome
    }

    /// The rules that a call falls under, and as which method of which table.
    private func subject(
        of request: WriteRequest,
        _ resource: StoreResource
    ) throws(RESError) -> (AccessPolicy.Rules, method: String, Table?)? {
        guard let policy else { return nil }
        switch resource {
        case .queries:
            let named = try namedQuery(request.method)
            return (policy.rules(ofNamedSQL: named.definition.name), request.method, nil)
        case .generic: return (policy.common, request.method, nil)
        case .count, .schema, .live, .named: return nil
        case .row(let table, _), .table(let table), .reverse(let table, _, _, _):
            return (policy.rules(of: table), request.method, table)
        case .database:
            // Each call of a batch is checked by itself.
            if request.method == "batch", schema.table(named: "batch") == nil { return nil }
            guard let table = try? schema.table(part: request.method) else { return nil }
            return (policy.rules(of: table), "new", table)
        }
    }

    private func require(
        _ rule: AccessPolicy.Rule,
        _ scope: AccessCheck.Scope,
        _ method: String,
        _ check: AccessCheck
    ) throws(RESError) {
        do throws(SQLiteError) {
            if try check.isTrue(rule, on: scope, method) { return }
        } catch {
            throw RESError(error)
        }
        throw .accessDenied
    }

    private func exists(_ table: Table?, _ key: RowKey) throws(RESError) -> Bool {
        guard let table else { return true }
        do throws(SQLiteError) { return try database.reader.exists(table, key) } catch {
            throw RESError(error)
        }
    }

    /// The key of the row that a call made or changed.
    private func key(
        after outcome: ServiceResponse.Outcome,
        _ resource: StoreResource,
        _ table: Table
    ) -> RowKey? {
        if case .resource(let id) = outcome, case .row(_, let key)? = try? schema.resource(named: id.name) {
            return key
        }
        if case .row(_, let key) = resource { return key }
        return nil
    }
}
