import RESProtocol

import struct NIOCore.ByteBuffer

/// Resources without a schema: requests for them, and what is told of their changes.
extension StoreEngine {
    /// The name within the service of a resource that no table claims; nil where there can be none.
    func genericName(_ name: String) -> String? {
        guard servesGenerics, name.hasPrefix(schema.serviceName + ".") else { return nil }
        let rest = name.dropFirst(schema.serviceName.utf8.count + 1)
        guard !schema.hasTable(part: rest.prefix { $0 != "." }),
            rest.utf8.count <= configuration.generics.maximumName,
            !rest.split(separator: ".").contains(where: { $0.hasPrefix("$") })
        else { return nil }
        return String(rest)
    }

    /// Answers a get.
    func getGeneric(_ name: String, _ reply: Subject?) throws(RESError) {
        guard let content = try content(name) else { throw missing(name) }
        var payload = ByteBuffer()
        payload.writeStaticString("{\"result\":{")
        switch content {
        case .model(let members): ResourceContent.model(members).encode(into: &payload)
        case .collection(let values): ResourceContent.collection(values).encode(into: &payload)
        }
        payload.writeStaticString("}}")
        outbox.reply(to: reply, payload)
        if database.mayHaveOtherWriters { liveGenerics.serve(name, content) }
    }

    /// Performs a method.
    func performGeneric(_ name: String, _ request: WriteRequest) throws(RESError) -> ServiceResponse.Outcome {
        let old = try content(name)
        switch request.method {
        case "put":
            guard let params = request.params else {
                throw .invalidParams.saying("put takes an object or an array")
            }
            try write(name, try GenericContent(params), old: old)
            return old == nil ? outcome(name) : .result(.null)
        case "new": return try createGeneric(below: name, request.params)
        case "set", "add", "remove", "delete": break
        default:
            let question = NearestName.question(
                request.method,
                among: ["put", "set", "add", "remove", "delete", "new"]
            )
            throw .methodNotFound.saying("No method \(request.method)" + question)
        }
        guard let old else { throw missing(name) }
        let new: GenericContent? =
            switch request.method {
            case "set": try old.setting(request.params)
            case "add": try old.adding(request.params)
            case "remove": try old.removing(request.params)
            default: nil
            }
        try write(name, new, old: old)
        return .result(.null)
    }

    /// Creates a model with the next free number below a name; a collection of that name gets a reference to it.
    func createGeneric(below parent: String, _ params: JSONSlice?) throws(RESError) -> ServiceResponse.Outcome
    {
        let list = try content(parent)
        if case .model? = list {
            throw .methodNotFound.saying("\(parent) is a model, so it has no method new")
        }
        let content = try GenericContent(params ?? .emptyObject)
        let number = try asking { () throws(SQLiteError) in try database.resources.nextNumber(below: parent) }
        let name = "\(parent).\(number)"
        try write(name, content, old: nil)
        var values: [ResourceValue] = []
        if case .collection(let known)? = list { values = known }
        values.append(.reference(ResourceID(unchecked: schema.serviceName + "." + name)))
        try write(parent, .collection(values), old: list)
        return outcome(name)
    }

    private func write(_ name: String, _ new: GenericContent?, old: GenericContent?) throws(RESError) {
        let limits = configuration.generics
        if touchedGenerics[name] == nil {
            touchedGenerics[name] = .some(old)
            touchedGenericNames.append(name)
        }
        guard let new else {
            return try asking { () throws(SQLiteError) in try database.resources.delete(name) }
        }
        guard new.json.readableBytes <= limits.maximumSize else {
            throw .invalidParams.saying("A resource has at most \(limits.maximumSize) bytes")
        }
        if old == nil,
            try asking({ () throws(SQLiteError) in try database.resources.count() }) >= limits.maximumCount
        {
            throw .invalidParams.saying("There are \(limits.maximumCount) resources, which is the limit")
        }
        try asking { () throws(SQLiteError) in try database.resources.put(name, new) }
        mayDeclare = true
    }

    private func content(_ name: String) throws(RESError) -> GenericContent? {
        try asking { () throws(SQLiteError) in try database.resources.content(name) }
    }

    private func outcome(_ name: String) -> ServiceResponse.Outcome {
        .resource(ResourceID(unchecked: schema.serviceName + "." + name))
    }

    private func missing(_ name: String) -> RESError {
        .notFound.saying("No resource \(schema.serviceName).\(name)")
    }

    private func asking<Result>(_ body: () throws(SQLiteError) -> Result) throws(RESError) -> Result {
        do throws(SQLiteError) { return try body() } catch { throw RESError(error) }
    }
}

/// Events of resources without a schema.
extension StoreEngine {
    /// What a transaction of ours has done to them, after its commit.
    func announceGenerics() throws(SQLiteError) {
        let names = touchedGenericNames
        let before = touchedGenerics
        forgetTouchedGenerics()
        for name in names {
            let old = before[name] ?? nil
            let new = try database.resources.content(name)
            liveGenerics.update(name, new)
            announceGeneric(name, old, new)
        }
        if !names.isEmpty { try announceList() }
    }

    /// Forgets what a transaction that was undone has touched.
    func forgetTouchedGenerics() {
        touchedGenerics = [:]
        touchedGenericNames = []
    }

    /// What another process has done to those that gateways may hold.
    func synchroniseGenerics() throws(SQLiteError) {
        guard servesGenerics else { return }
        for (name, old) in liveGenerics.contents {
            let new = try database.resources.content(name)
            guard old != new else { continue }
            liveGenerics.update(name, new)
            announceGeneric(name, old, new)
        }
        if liveGenerics.takeOverflow() { outbox.reset(resources: allResources) }
        try announceList()
    }

    private func announceGeneric(_ name: String, _ old: GenericContent?, _ new: GenericContent?) {
        let resource = schema.serviceName + "." + name
        switch (old, new) {
        case (nil, nil): break
        case (nil, _?): outbox.event("create", of: resource)
        case (_?, nil): outbox.event("delete", of: resource)
        case (let old?, let new?):
            guard let events = old.events(to: new) else {
                // A resource keeps its kind for as long as it is.
                outbox.event("delete", of: resource)
                outbox.event("create", of: resource)
                return
            }
            for event in events {
                var payload = ByteBuffer()
                event.encode(into: &payload)
                outbox.event(event.name, of: resource, payload)
            }
        }
    }

    /// Tells which resources came and went in the model of the database.
    private func announceList() throws(SQLiteError) {
        let old = listedGenerics
        listedGenerics = try database.resources.names(limit: configuration.generics.maximumListed)
        guard old != listedGenerics else { return }
        var before = ByteBuffer()
        writeDatabaseModel(old, into: &before)
        var after = ByteBuffer()
        writeDatabaseModel(listedGenerics, into: &after)
        guard let values = ModelDifference.object(from: before, to: after) else { return }
        publishChange(schema.serviceName) { $0.writeJSON(values) }
    }

    /// Writes the model of the database: a soft reference for each table, view and resource without a schema.
    func writeDatabaseModel(_ generics: [String], into buffer: inout ByteBuffer) {
        var members = schema.tables.map {
            ModelMember($0.name, .softReference(ResourceID(unchecked: $0.resourceName)))
        }
        let taken = Set(members.map(\.name))
        members += generics.filter { !taken.contains($0) }.map {
            ModelMember($0, .softReference(ResourceID(unchecked: schema.serviceName + "." + $0)))
        }
        members.encode(into: &buffer)
    }
}
