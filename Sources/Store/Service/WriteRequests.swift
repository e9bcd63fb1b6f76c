import RESProtocol

import struct NIOCore.ByteBuffer

/// A method that a client calls.
struct WriteRequest {
    let resource: String
    let method: String
    let params: JSONSlice?
    /// Who calls, as the gateway says.
    var token: JSONSlice?
    let reply: Subject?
    /// When waiting for another process's lock ends; set when waiting begins.
    var deadline: Instant?
}

/// Writes that wait for another process to release its lock.
struct BlockedWrites {
    var requests: [WriteRequest]
    var nextAttempt: Instant
}

/// Requests that write.
extension StoreEngine {
    /// Runs writes in groups, behind those that wait already.
    func write(_ requests: [WriteRequest], now: Instant) {
        var waiting = (blocked?.requests ?? []) + requests
        guard !waiting.isEmpty else { return }
        if let blocked, now < blocked.nextAttempt {
            self.blocked = BlockedWrites(requests: waiting, nextAttempt: blocked.nextAttempt)
            return
        }
        blocked = nil
        while !waiting.isEmpty {
            let group = Array(waiting.prefix(configuration.maximumGroup))
            guard commit(group, now: now) else { return block(waiting, now: now) }
            waiting.removeFirst(group.count)
        }
    }

    /// Gives up on writes that wait.
    func refuseBlocked() {
        for request in blocked?.requests ?? [] {
            outbox.reply(to: request.reply, .serviceUnavailable.saying("The store is stopping"))
        }
        blocked = nil
    }

    private func block(_ requests: [WriteRequest], now: Instant) {
        var waiting: [WriteRequest] = []
        for var request in requests {
            let deadline = request.deadline ?? now + Instant.milliseconds(configuration.busyTimeout)
            request.deadline = deadline
            if now < deadline {
                waiting.append(request)
            } else {
                outbox.reply(
                    to: request.reply,
                    .serviceUnavailable.saying("The database is locked by another process; try again")
                )
            }
        }
        waiting = (blocked?.requests ?? []) + waiting
        guard !waiting.isEmpty else { return }
        blocked = BlockedWrites(requests: waiting, nextAttempt: now + Instant.milliseconds(5))
    }

    /// Runs a group in one transaction, announces its changes and answers; false when another process holds the lock.
    private func commit(_ group: [WriteRequest], now: Instant) -> Bool {
        do throws(SQLiteError) {
            if let damage { throw damage.error }
            try database.begin()
            try synchronise(now: now)
        } catch {
            database.rollback()
            forgetTouchedGenerics()
            suspect(error, now: now)
            if error.isBusy { return false }
            for request in group { outbox.reply(to: request.reply, RESError(error)) }
            return true
        }
        let responses = run(group)
        let touched: TouchedRows
        var changes: [NetChange]?
        do throws(SQLiteError) {
            // A conflict clause may have rolled the transaction back on its own.
            guard !database.connection.isAutocommit else { return retry(group, responses, now: now) }
            touched = database.recorder.take()
            // Nothing changes rows between here and the commit, and reading them here saves a transaction. Tables that
            // have changed themselves are read by their new schema.
            if !mayDeclare { changes = try netChanges(of: touched) }
            try database.commit()
        } catch {
            database.rollback()
            return retry(group, [ServiceResponse(.error(RESError(error)))], now: now)
        }
        hasCommitted = true
        announce(touched, changes, mayDeclare: mayDeclare, now: now)
        mayDeclare = false
        for (request, response) in zip(group, responses) { outbox.reply(to: request.reply, response) }
        return true
    }

    /// After a transaction was lost as a whole: every request alone, so that one cannot harm another.
    private func retry(_ group: [WriteRequest], _ responses: [ServiceResponse], now: Instant) -> Bool {
        _ = database.recorder.take()
        forgetTouchedGenerics()
        mayDeclare = false
        guard group.count > 1 else {
            for (request, response) in zip(group, responses) { outbox.reply(to: request.reply, response) }
            return true
        }
        for (index, request) in group.enumerated() where !commit([request], now: now) {
            block(Array(group[index...]), now: now)
            break
        }
        return true
    }

    private func run(_ group: [WriteRequest]) -> [ServiceResponse] {
        var responses: [ServiceResponse] = []
        defer { tracer?.reply = nil }
        for request in group {
            tracer?.reply = request.reply
            do throws(RESError) {
                database.timeLimit.begin(milliseconds: configuration.readTime)
                // A request that has the transaction to itself needs no savepoint: its failure ends the transaction.
                let outcome =
                    group.count == 1
                    ? try perform(request)
                    : try database.savepoint { () throws(RESError) in try perform(request) }
                responses.append(ServiceResponse(outcome))
            } catch {
                responses.append(ServiceResponse(.error(error)))
                if group.count == 1 { database.rollback() }
                if database.connection.isAutocommit { break }
            }
        }
        database.timeLimit.stop()
        return responses
    }

    /// Performs a call, whoever makes it.
    func performAllowed(_ request: WriteRequest) throws(RESError) -> ServiceResponse.Outcome {
        let resource = try resource(named: request.resource)
        if case .queries = resource { return try run(try namedQuery(request.method), request.params) }
        if database.connection.isReadOnly { throw .forbidden.saying("The database is read-only") }
        switch resource {
        case .database:
            if request.method == "batch", schema.table(named: "batch") == nil {
                return try performAll(request.params, token: request.token)
            }
            // HTTP's PUT, PATCH and DELETE of the database itself are none of a resource of that name.
            let isReserved = ["put", "set", "delete", "new", "batch", "add", "remove"].contains(
                request.method
            )
            if !isReserved, let name = genericName(schema.serviceName + "." + request.method) {
                return try createGeneric(below: name, request.params)
            }
            return try create(in: try table(method: request.method), request.params)
        case .table(let table):
            guard request.method == "new" else { throw unknown(request.method, known: ["new"]) }
            return try create(in: table, request.params)
        case .reverse(let table, let reverse, let parent, let key):
            guard request.method == "new" else { throw unknown(request.method, known: ["new"]) }
            try database.writer.requireRow(parent, key)
            let preset = Dictionary(
                zip(reverse.columns, key.bindings),
                uniquingKeysWith: { first, _ in first }
            )
            return try create(in: table, request.params, preset: preset)
        case .row(let table, _) where table.isView:
            throw .methodNotFound.saying("\(table.name) is a view, which is read-only")
        case .row(let table, let key): return try change(table, key, request)
        case .generic(let name): return try performGeneric(name, request)
        case .count, .schema, .live, .queries, .named:
            throw .methodNotFound.saying("\(request.resource) has no methods")
        }
    }

    private func table(method: String) throws(RESError) -> Table {
        do throws(RESError) { return try schema.table(part: method) } catch {
            throw .methodNotFound.saying(error.message)
        }
    }

    private func create(
        in table: Table,
        _ params: JSONSlice?,
        preset: [Int: SQLValue] = [:]
    ) throws(RESError) -> ServiceResponse.Outcome {
        guard !table.isView else {
            throw .methodNotFound.saying("\(table.name) is a view, which is read-only")
        }
        var parameters = try RowParameters(params, for: table)
        parameters.preset(preset, of: table)
        let key = try database.writer.insert(table, parameters)
        return .resource(ResourceID(unchecked: table.rowName(key)))
    }

    private func change(
        _ table: Table,
        _ key: RowKey,
        _ request: WriteRequest
    ) throws(RESError) -> ServiceResponse.Outcome {
        if table.hasUntoldColumns, let image = try? database.reader.image(table, key) {
            database.recorder.know(table, key, image)
        }
        switch request.method {
        case "set":
            let parameters = try RowParameters(request.params, for: table)
            let moved = try database.writer.update(table, key, parameters)
            return moved == key ? .result(.null) : .resource(ResourceID(unchecked: table.rowName(moved)))
        case "put": return try replace(table, key, request.params)
        case "delete":
            try database.writer.delete(table, key)
            return .result(.null)
        case "increment": return try increment(table, key, request.params)
        default: throw unknown(request.method, known: ["set", "put", "delete", "increment"])
        }
    }

    /// Gives a row exactly the values that are given, and creates it where there is none.
    private func replace(
        _ table: Table,
        _ key: RowKey,
        _ params: JSONSlice?
    ) throws(RESError) -> ServiceResponse.Outcome {
        let parameters = try RowParameters(params, for: table)
        for (column, value) in zip(table.keyColumns, key.bindings) {
            if let given = parameters.value(of: column), given != .value(value) {
                throw .invalidColumn(
                    column.name,
                    "\(column.name) differs from the key in the resource's name"
                )
            }
        }
        do throws(RESError) {
            _ = try database.writer.update(table, key, parameters.completed(for: table))
            return .result(.null)
        } catch {
            guard error.code == RESError.notFound.code else { throw error }
        }
        let created = try database.writer.insert(table, parameters, key: key)
        return .resource(ResourceID(unchecked: table.rowName(created)))
    }

    private func increment(
        _ table: Table,
        _ key: RowKey,
        _ params: JSONSlice?
    ) throws(RESError) -> ServiceResponse.Outcome {
        var amounts: [(column: Column, by: SQLValue)] = []
        for (column, given) in try RowParameters(params, for: table).given {
            guard case .value(let value) = given, value.isNumber, column.affinity != .text else {
                throw .invalidColumn(column.name, "\(column.name) can only grow by a number")
            }
            amounts.append((column, value))
        }
        guard !amounts.isEmpty else { throw .invalidParams.saying("The parameters name no column") }
        let values = try database.writer.increment(table, key, amounts)
        var result = ByteBuffer()
        for (amount, value) in zip(amounts, values) {
            result.writeStaticString(result.readableBytes == 0 ? "{" : ",")
            result.writeImmutableBuffer(amount.column.memberPrefix)
            result.writeValue(value, as: amount.column.form)
        }
        result.writeStaticString("}")
        return .result(JSONSlice(unchecked: result))
    }

    private func unknown(_ method: String, known: [String]) -> RESError {
        .methodNotFound.saying("No method \(method)" + NearestName.question(method, among: known))
    }
}
