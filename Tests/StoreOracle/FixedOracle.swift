import NIOCore
import RESProtocol

@testable import Store

/// After any sequence of changes, every copy that was built from events alone equals what the database says,
/// over one schema that has a table of every kind.
struct FixedOracle {
    private static let schema = """
        CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER, score REAL, city TEXT COLLATE NOCASE);
        CREATE TABLE tags (tag TEXT PRIMARY KEY COLLATE NOCASE, weight INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
        CREATE TABLE person_tags (
            person_id INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
            tag TEXT NOT NULL REFERENCES tags (tag) ON UPDATE CASCADE ON DELETE CASCADE,
            added, PRIMARY KEY (person_id, tag)
        ) WITHOUT ROWID;
        CREATE TABLE log (what, amount NUMERIC);
        CREATE VIEW cities AS SELECT city, count(*) AS people, max(age) AS oldest FROM people GROUP BY city;
        CREATE TRIGGER logged AFTER UPDATE OF age ON people BEGIN
            INSERT INTO log VALUES (new.name, new.age);
        END;
        """

    private static let queries: [(resource: String, filters: [String], sorts: [String])] = [
        (
            "people",
            [
                "age=3", "age__gt=4", "age__lte=5", "age__ne=2", "age__isnull=true", "name__contains=a",
                "city=oslo",
                "city__in=Rome,OSLO", "score__gte=2.5", "name__startswith=B", "city__gt=m", "age__notin=1,2",
                "city__like=r%25",
                "age__lt=3&city=Rome", "age__in=1,4,6",
            ],
            ["name", "-age", "city,-score", "age,name", "-city", "score", "-id"]
        ),
        ("tags", ["weight__gt=2", "tag__gte=c", "weight=1"], ["weight", "-tag", "-weight,tag"]),
        (
            "person_tags", ["person_id=1", "tag=A", "added__gt=2", "added__isnull=false"],
            ["added", "-tag", "tag,-person_id"]
        ),
        ("log", ["amount__gt=3", "what=Bo", "amount__in=1,2"], ["-amount", "what", "what,-amount"]),
        ("cities", ["people__gt=1", "oldest__lt=5"], ["-people,city", "oldest,city"]),
    ]

    func run(seed: UInt64, steps: Int, isFile: Bool) throws {
        var random = SeededGenerator(seed: seed)
        let store = try StoreFixture(Self.schema, isFile: isFile) {
            $0.durability = .normal
            $0.liveQueries.minimumSlack = 1
        }
        var copies = CopyKeeper()
        for step in 0..<steps {
            if Int.random(in: 0..<4, using: &random) == 0 {
                let id = query(&random)
                copies.hold(collection: id.name, store.get(id.text))
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                let name = row(&random)
                copies.hold(model: name, store.get(name))
            }
            if isFile, Int.random(in: 0..<3, using: &random) == 0 {
                try store.outside(statement(&random))
                for line in store.tick() { copies.receive(line) }
            } else {
                for line in change(store, &random) { copies.receive(line) }
            }
            let place = "seed \(seed), step \(step)"
            try OracleFailure.unless(!copies.isReset, place + ": everything is reset")
            try OracleFailure.unless(copies.problems.isEmpty, "\(place): \(copies.problems)")
            if copies.queryResources.count > 30, let id = copies.queryResources.randomElement(using: &random)
            {
                copies.drop(id)
            }
            if step % 16 == 0 || step > steps - 8 { try check(copies, store, place) }
        }
    }

    private func check(_ copies: CopyKeeper, _ store: StoreFixture, _ place: String) throws {
        for (id, values) in copies.collections {
            guard case .table(let table) = try store.engine.schema.resource(named: id.name) else { continue }
            let query = try QueryParser.parse(id.query, table: table, limits: QueryLimits())
            let elements = try store.engine.database.reader.elements(query, of: table)
            let fresh = elements.map { $0.value(in: table) }
            try OracleFailure.unless(fresh == values, "\(place): \(id)\n\(values)\n\(fresh)")
        }
        for (name, model) in copies.models {
            var fresh = CopyKeeper()
            fresh.hold(model: name, store.get(name))
            try OracleFailure.unless(fresh.models[name] == model, "\(place): \(name)\n\(model)\n\(fresh)")
        }
    }

    private func query(_ random: inout SeededGenerator) -> ResourceID {
        guard let (resource, filters, sorts) = Self.queries.randomElement(using: &random) else {
            return ResourceID(unchecked: "library.people")
        }
        var pieces: [String] = []
        if Bool.random(using: &random), let filter = filters.randomElement(using: &random) {
            pieces.append(filter)
        }
        if Bool.random(using: &random), let sort = sorts.randomElement(using: &random) {
            pieces.append("sort=" + sort)
        }
        if Bool.random(using: &random) { pieces.append("limit=\(Int.random(in: 1...6, using: &random))") }
        if Int.random(in: 0..<4, using: &random) == 0 {
            pieces.append("start=\(Int.random(in: 1...5, using: &random))")
        }
        return ResourceID(unchecked: "library." + resource, query: pieces.joined(separator: "&"))
    }

    private static let names = ["Bo", "Al", "Bea", "Cy", "Dan", "ann", "bo"]
    private static let tags = ["a", "B", "c", "D"]

    private func row(_ random: inout SeededGenerator) -> String {
        let id = Int.random(in: 1...12, using: &random)
        let tag = Self.tags.randomElement(using: &random) ?? "a"
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return "library.tags.\(tag)"
        case 1: return "library.person_tags.\(id),\(tag)"
        case 2: return "library.log.\(id)"
        default: return "library.people.\(id)"
        }
    }

    private func value(_ column: String, _ random: inout SeededGenerator) -> String {
        let number = Int.random(in: 0...6, using: &random)
        switch column {
        case "name": return "\"\(Self.names[number % Self.names.count])\""
        case "city":
            return ["\"Rome\"", "\"oslo\"", "\"OSLO\"", "null", "\"rome\"", "\"Bern\"", "\"\""][number]
        case "score": return ["1.5", "2.5", "null", "3", "-1", "\"Infinity\"", "2.25"][number]
        case "tag": return "\"\(Self.tags[number % Self.tags.count])\""
        case "what": return ["\"Bo\"", "3", "null", "\"3\"", "2.5", "\"al\"", "\"Al\""][number]
        case "age" where number == 0, "amount" where number == 0: return "null"
        default: return String(number)
        }
    }

    private static let columns = [
        "people": ["name", "age", "score", "city"], "tags": ["tag", "weight"], "log": ["what", "amount"],
        "person_tags": ["person_id", "tag", "added"],
    ]

    private func params(_ table: String, all: Bool, _ random: inout SeededGenerator) -> String {
        let columns = (Self.columns[table] ?? []).filter { _ in all || Bool.random(using: &random) }
        return "{" + columns.map { "\"\($0)\":" + value($0, &random) }.joined(separator: ",") + "}"
    }

    private func change(_ store: StoreFixture, _ random: inout SeededGenerator) -> [String] {
        var requests: [(subject: String, payload: String)] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let name = row(&random)
            let table = String(name.split(separator: ".")[1])
            let call: (String, String) =
                switch Int.random(in: 0..<8, using: &random) {
                case 0...2: ("library.\(table).new", params(table, all: true, &random))
                case 3...5: (name + ".set", params(table, all: false, &random))
                case 6: (name + ".put", params(table, all: true, &random))
                default: (name + ".delete", "null")
                }
            requests.append(("call." + call.0, "{\"params\":\(call.1)}"))
        }
        return store.sendTogether(requests)
    }

    private func statement(_ random: inout SeededGenerator) -> String {
        let age = Int.random(in: 0...6, using: &random)
        let id = Int.random(in: 1...12, using: &random)
        return [
            "UPDATE people SET age = \(age) WHERE id = \(id)", "DELETE FROM people WHERE id = \(id)",
            "INSERT INTO people (name, age, city) VALUES ('Zoe', \(age), 'Bern')",
            "UPDATE people SET city = upper(city)",
            "INSERT OR REPLACE INTO tags VALUES ('a', \(age))", "DELETE FROM log WHERE amount = \(age)",
            "INSERT INTO log VALUES ('out', \(age))",
            "UPDATE tags SET weight = weight + 1 WHERE weight < \(age)",
        ].randomElement(using: &random) ?? ""
    }
}
