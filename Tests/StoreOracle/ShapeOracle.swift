import NIOCore
import RESProtocol

@testable import Store

/// Over a database of random shape: what copies built from events hold is what a fresh store would answer.
///
/// Two gateways keep copies: one takes the ready answers out of query events, the other overlooks them and asks, later, as the
/// protocol has it. Now and then both let go of some, and the store has to find out.
struct ShapeOracle {
    let shape: RandomSchema
    let store: StoreFixture
    var random: SeededGenerator
    private let seed: UInt64
    private let outside: SQLiteConnection?
    private(set) var copies = CopyKeeper()
    private var asker = CopyKeeper(asks: true)
    private var step = 0

    /// Most query resources that are held at a time.
    private static let maximumHeld = 24

    /// - Parameter isFile: whether the database is a file that another connection writes to as well.
    init(seed: UInt64, isFile: Bool) throws {
        var random = SeededGenerator(seed: seed)
        let shape = RandomSchema(using: &random)
        self.shape = shape
        self.random = random
        self.seed = seed
        store = try StoreFixture(shape.script, isFile: isFile) {
            $0.durability = .normal
            $0.liveQueries.minimumSlack = 1
            $0.namedSQL = shape.named
            $0.tables = shape.options
        }
        outside = isFile ? try SQLiteConnection(path: store.path, mode: .readWrite) : nil
    }

    mutating func run(steps: Int) throws {
        while step < steps {
            for _ in 0..<Int.random(in: 0...2, using: &random) { ask() }
            let lines: [String]
            if let outside, Int.random(in: 0..<3, using: &random) == 0 {
                // What a constraint refuses changes nothing.
                try? outside.execute(statement())
                lines = store.tick()
            } else {
                lines = store.sendTogether(changes())
            }
            try receive(lines)
            if Int.random(in: 0..<4, using: &random) == 0 { asker.settle(question) }
            if copies.queryResources.count > Self.maximumHeld { try letGo() }
            if step % 10 == 0 || step > steps - 4 { try check() }
            step += 1
        }
        let integrity = try store.engine.database.connection.text("PRAGMA integrity_check")
        try OracleFailure.unless(integrity == "ok", place(integrity))
    }

    /// Takes the answer to a get of a query resource, where it has one.
    mutating func hold(_ id: String, isModel: Bool) {
        let reply = store.get(id)
        guard !reply.contains("system.notFound") else { return }
        let name = String(id.prefix { $0 != "?" })
        let query = ServiceResponse(decoding: ByteBuffer(string: reply))?.result?["query"]?.string
        let isNew = !asker.holds(ResourceID(unchecked: name, query: query ?? ""))
        if isModel {
            copies.hold(queryModel: name, reply)
            if isNew { asker.hold(queryModel: name, reply) }
        } else {
            copies.hold(collection: name, reply)
            if isNew { asker.hold(collection: name, reply) }
        }
    }

    /// Takes the answer to a get of a row.
    mutating func hold(row name: String) {
        let reply = store.get(name)
        copies.hold(model: name, reply)
        asker.hold(model: name, reply)
    }

    private mutating func receive(_ lines: [String]) throws {
        for line in lines {
            copies.receive(line)
            asker.receive(line)
        }
        copies.settle(question)
        try OracleFailure.unless(!copies.isReset, place("everything is reset"))
        // What a virtual column was before a trigger's change cannot be known, so it is told with the change.
        let problems = (copies.problems + asker.problems).filter { !$0.hasSuffix(": v is no change") }
        try OracleFailure.unless(problems.isEmpty, place(problems.joined(separator: "\n")))
    }

    private func question(_ subject: String, _ payload: String) -> String {
        store.send(subject, payload).last.map { String($0.dropFirst("reply ".count)) } ?? ""
    }

    /// Lets go of about half of the copies; the store's probes have to find out which.
    private mutating func letGo() throws {
        for id in copies.queryResources where Bool.random(using: &random) {
            copies.drop(id)
            asker.drop(id)
        }
        // Beyond the longest time between probes; what is asked about earlier events has to be forgotten by then.
        store.now += store.engine.configuration.liveQueries.maximumProbeInterval + Instant.seconds(1)
        try receive(store.tick())
        asker.settle(question)
        store.now += store.engine.configuration.liveQueries.probeDuration + Instant.seconds(1)
        try receive(store.tick())
        let held = Set(copies.queryResources).union(asker.queryResources)
        let live = store.engine.liveQueries.all.map { ResourceID(unchecked: $0.resource, query: $0.text) }
        try OracleFailure.unless(
            Set(live) == held,
            place("live, but not held: \(Set(live).subtracting(held)); held: \(held.subtracting(live))")
        )
    }

    /// A store that knows nothing answers from SQL alone; it has to say what the copies hold.
    private mutating func check() throws {
        let engine = store.engine
        let fresh = try StoreFixture(
            StoreEngine(
                engine.database,
                schema: engine.schema,
                configuration: engine.configuration,
                servesGenericResources: false,
                instance: "fresh"
            )
        )
        for (id, values) in copies.collections {
            var copy = CopyKeeper()
            copy.hold(collection: id.name, fresh.get(id.text))
            try OracleFailure.unless(copy.collections[id] == values, place("\(id)\n\(values)\n\(copy)"))
        }
        for (name, model) in copies.models {
            var copy = CopyKeeper()
            copy.hold(model: name, fresh.get(name))
            try OracleFailure.unless(copy.models[name] == model, place("\(name)\n\(model)\n\(copy)"))
        }
        for (id, model) in copies.queryModels {
            var copy = CopyKeeper()
            copy.hold(queryModel: id.name, fresh.get(id.text))
            try OracleFailure.unless(copy.queryModels[id] == model, place("\(id)\n\(model)\n\(copy)"))
        }
        asker.settle(question)
        try OracleFailure.unless(
            asker.collections == copies.collections,
            place("who asks has other collections")
        )
        try OracleFailure.unless(asker.queryModels == copies.queryModels, place("who asks has other models"))
        try OracleFailure.unless(asker.models == copies.models, place("who asks has other rows"))
    }

    private func place(_ what: String) -> String { "seed \(seed), step \(step): \(what)\n\(shape.script)" }
}

extension ServiceResponse {
    /// The result, where it has one.
    fileprivate var result: JSONSlice? {
        if case .result(let result) = outcome { result } else { nil }
    }
}
