import NIOCore
import RESProtocol
import Testing

@testable import Store

/// Over databases of random shape: what copies built from events hold is what a fresh store would answer.
@Suite("Copies kept by events equal the database, whatever its shape")
struct RandomSchemaTests {
    @Test("random changes through the store", arguments: 1...14)
    func throughTheStore(seed: UInt64) throws { try run(seed: seed, steps: 150, isFile: false) }

    @Test("random changes through the store and by another process", arguments: 101...106)
    func withOutsideWriter(seed: UInt64) throws { try run(seed: seed, steps: 80, isFile: true) }

    private func run(seed: UInt64, steps: Int, isFile: Bool) throws {
        var random = SeededGenerator(seed: seed)
        let shape = RandomSchema(using: &random)
        let store = try StoreFixture(shape.script, isFile: isFile) {
            $0.durability = .normal
            $0.liveQueries.minimumSlack = 1
            $0.namedSQL = shape.named
            $0.tables = shape.options
        }
        var copies = CopyKeeper()
        for step in 0..<steps {
            let place = Comment(rawValue: "seed \(seed), step \(step)\n\(shape.script)")
            for _ in 0..<Int.random(in: 0...2, using: &random) { ask(store, shape, &copies, &random) }
            let lines: [String]
            if isFile, Int.random(in: 0..<3, using: &random) == 0 {
                // What a constraint refuses changes nothing.
                try? store.outside(statement(shape, &random))
                lines = store.tick()
            } else {
                lines = change(store, shape, &random)
            }
            for line in lines { copies.receive(line) }
            try #require(!copies.isReset, place)
            // What a virtual column was before a trigger's change cannot be known, so it is told with the change.
            try #require(copies.problems.filter { !$0.hasSuffix(": v is no change") } == [], place)
            if step % 6 == 0 || step > steps - 8 { try check(copies, store, place) }
        }
        let integrity = try store.engine.database.connection.text("PRAGMA integrity_check")
        #expect(integrity == "ok")
    }

    /// A store that knows nothing answers from SQL alone; it has to say what the copies hold.
    private func check(_ copies: CopyKeeper, _ store: StoreFixture, _ place: Comment) throws {
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
            let reply = fresh.get(id.text)
            // Of a row that is gone nobody refers to it any more, and who asks anew is told that it is gone.
            if values.isEmpty, reply.contains("system.notFound") { continue }
            copy.hold(collection: id.name, reply)
            try #require(copy.collections[id] == values, "\(id), \(place)")
        }
        for (name, model) in copies.models {
            var copy = CopyKeeper()
            copy.hold(model: name, fresh.get(name))
            try #require(copy.models[name] == model, "\(name), \(place)")
        }
        for (id, model) in copies.queryModels {
            var copy = CopyKeeper()
            let reply = fresh.get(id.text)
            if id.name.hasSuffix(".$count"), reply.contains("system.notFound") { continue }
            copy.hold(queryModel: id.name, reply)
            try #require(copy.queryModels[id] == model, "\(id), \(place)")
        }
    }

    // MARK: Questions

    private func ask(
        _ store: StoreFixture,
        _ shape: RandomSchema,
        _ copies: inout CopyKeeper,
        _ random: inout SeededGenerator
    ) {
        guard let table = shape.tables.randomElement(using: &random) else { return }
        let name = "library." + NamePart.encode(table.name)
        switch Int.random(in: 0..<9, using: &random) {
        case 0, 1: copies.hold(collection: name, store.get(name + "?" + query(table, &random)))
        case 2:
            copies.hold(queryModel: name + ".$count", store.get(name + ".$count?" + filter(table, &random)))
        case 3:
            let row = name + "." + key(table, &random)
            copies.hold(model: row, store.get(row))
        case 4:
            guard !table.references.isEmpty else { return }
            let row = name + "." + key(table, &random)
            let reply = store.get(row + "?expand=up")
            if !reply.contains("system.notFound") { copies.hold(queryModel: row, reply) }
        case 5:
            let index = Int.random(in: 0..<shape.tables.count, using: &random)
            let id = "library.$q.above\(index)"
            copies.hold(collection: id, store.get(id + "?n=\(Int.random(in: 0...4, using: &random))"))
        case 6:
            guard let view = shape.views.randomElement(using: &random) else { return }
            let reply = store.get(
                "library.\(view)?sort=\(["n", "-n,t", "t"][Int.random(in: 0..<3, using: &random)])"
            )
            copies.hold(collection: "library." + view, reply)
            if view.hasPrefix("keyed") {
                let row = "library.\(view).\(Int.random(in: 1...8, using: &random))"
                copies.hold(model: row, store.get(row))
            } else {
                copies.hold(queryModel: "library.\(view).$count", store.get("library.\(view).$count?n__gt=1"))
            }
        case 7:
            guard let parent = shape.tables.first(where: { $0.name == table.references.first?.table }) else {
                return
            }
            let id =
                "library.\(NamePart.encode(parent.name)).\(Int.random(in: 1...8, using: &random))"
                + "." + NamePart.encode(table.name)
            let reply = store.get(id + "?sort=-n")
            guard !reply.contains("system.notFound") else { return }
            copies.hold(collection: id, reply)
            let count = store.get(id + ".$count")
            // Who holds the collection of a row that is gone has an empty one; a new question finds nothing.
            if !count.contains("system.notFound") { copies.hold(queryModel: id + ".$count", count) }
        default:
            guard table.name == shape.tables.first(where: \.isKeyInteger)?.name else { return }
            let word = ["al", "b*", "cy", "zoe al"][Int.random(in: 0..<4, using: &random)]
            copies.hold(
                collection: name,
                store.get(name + "?q=" + word.replacing(" ", with: "%20") + "&sort=n")
            )
        }
    }

    private func query(_ table: RandomSchema.Table, _ random: inout SeededGenerator) -> String {
        var pieces = [filter(table, &random)]
        if Bool.random(using: &random) {
            pieces.append(
                "sort=" + ["n", "-n", "t,-n", "-x", "x,t", "-t"][Int.random(in: 0..<6, using: &random)]
            )
        }
        if Bool.random(using: &random) { pieces.append("limit=\(Int.random(in: 1...5, using: &random))") }
        if Int.random(in: 0..<4, using: &random) == 0 {
            pieces.append("start=\(Int.random(in: 1...3, using: &random))")
        }
        if Int.random(in: 0..<5, using: &random) == 0 {
            pieces.append("fields=n,t")
        } else if !table.references.isEmpty, Bool.random(using: &random) {
            pieces.append("expand=up")
        }
        return pieces.filter { !$0.isEmpty }.joined(separator: "&")
    }

    private func filter(_ table: RandomSchema.Table, _ random: inout SeededGenerator) -> String {
        let number = Int.random(in: -1...5, using: &random)
        return [
            "", "n=\(number)", "n__gt=\(number)", "n__lte=\(number)", "n__ne=\(number)", "t=al",
            "t__startswith=A",
            "t__contains=o", "x__isnull=true", "x__gt=\(number)", "x=\(number)", "t__in=Al,bo,%20",
            "n__notin=1,2",
            "odd%20%22col%22=d", "t__gte=b&n__lt=4", "x__lt=m",
        ][Int.random(in: 0..<16, using: &random)]
    }

    // MARK: Changes

    private func key(_ table: RandomSchema.Table, _ random: inout SeededGenerator) -> String {
        let number = Int.random(in: 1...8, using: &random)
        let code = ["a", "B", "c~2Cd", "~e", "~C3~BC"][number % 5]
        switch table.key {
        case ["code"]: return code == "~e" ? "e" : code
        case ["k2", "k1"]: return "\(code),\(number % 3)"
        default: return String(number)
        }
    }

    private func value(_ column: String, _ random: inout SeededGenerator) -> String {
        let number = Int.random(in: 0...7, using: &random)
        switch column {
        case "n": return number == 0 ? "null" : String(number - 2)
        case "t":
            return ["\"Al\"", "\"al\"", "\"bo \"", "\"Bo\"", "null", "\"zoe al\"", "\"cy\"", "\"\""][number]
        case "x": return ["1", "2", "2.5", "null", "-1", "3", "0", "4.25"][number]
        default: return number < 4 ? #""d""# : #"{"action":"delete"}"#
        }
    }

    private func params(_ table: RandomSchema.Table, isNew: Bool, _ random: inout SeededGenerator) -> String {
        var members = table.columns.filter { _ in isNew || Bool.random(using: &random) }.map {
            "\(JSONSlice(string: $0).text):\(value($0, &random))"
        }
        for reference in table.references where Bool.random(using: &random) {
            members.append("\"\(reference.column)\":\(Int.random(in: 1...8, using: &random))")
        }
        if isNew || Int.random(in: 0..<6, using: &random) == 0 {
            let number = Int.random(in: 1...8, using: &random)
            let code = ["\"a\"", "\"B\"", "\"c,d\"", "\"\"", "\"ü\""][number % 5]
            switch table.key {
            case ["id"]: members.append("\"id\":\(number)")
            case ["code"]: members.append("\"code\":\(code)")
            case ["k2", "k1"]: members += ["\"k1\":\(number % 3)", "\"k2\":\(code)"]
            default: break
            }
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private func change(
        _ store: StoreFixture,
        _ shape: RandomSchema,
        _ random: inout SeededGenerator
    ) -> [String] {
        var requests: [(subject: String, payload: String)] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard let table = shape.tables.randomElement(using: &random) else { continue }
            let name = "library." + NamePart.encode(table.name)
            let row = name + "." + key(table, &random)
            let call: (String, String) =
                switch Int.random(in: 0..<12, using: &random) {
                case 0...4: (name + ".new", params(table, isNew: true, &random))
                case 5...7: (row + ".set", params(table, isNew: false, &random))
                case 8: (row + ".put", params(table, isNew: false, &random))
                case 9: (row + ".increment", #"{"n":1}"#)
                case 10:
                    (
                        "library.$q.grow\(Int.random(in: 0..<shape.tables.count, using: &random))",
                        "{\"n\":\(Int.random(in: 0...3, using: &random))}"
                    )
                default: (row + ".delete", "null")
                }
            requests.append(("call." + call.0, "{\"params\":\(call.1)}"))
        }
        return store.sendTogether(requests)
    }

    private func statement(_ shape: RandomSchema, _ random: inout SeededGenerator) -> String {
        guard let table = shape.tables.randomElement(using: &random) else { return "" }
        let name = SQLText.quoted(table.name)
        let number = Int.random(in: 0...5, using: &random)
        return [
            "UPDATE \(name) SET n = n + 1 WHERE n < \(number)", "DELETE FROM \(name) WHERE n = \(number)",
            "UPDATE \(name) SET t = upper(t)", "UPDATE \(name) SET x = n WHERE t = 'al'",
            "INSERT OR REPLACE INTO \(name) SELECT * FROM \(name) WHERE 0",
            "DELETE FROM \(name) WHERE x IS NULL",
            "PRAGMA foreign_keys = ON; DELETE FROM \(name) WHERE t = 'Bo'",
        ][Int.random(in: 0..<7, using: &random)]
    }
}
