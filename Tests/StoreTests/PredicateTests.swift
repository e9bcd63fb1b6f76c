import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

@Suite("Filters and orders decided without SQLite")
struct PredicateTests {
    private static let script = """
        CREATE TABLE odd (id INTEGER PRIMARY KEY, i INTEGER, r REAL, n NUMERIC, t TEXT, c TEXT COLLATE NOCASE,
            s TEXT COLLATE RTRIM, x, b BLOB);
        """

    private static let values = [
        "NULL", "0", "1", "-1", "1.0", "1.5", "9007199254740993", "9007199254740992.0", "9223372036854775807",
        "9e18", "9.3e18",
        "-9.3e18", "'1'", "''", "'a'", "'A'", "'a '", "'ab'", "'aB  '", "'é'", "'e' || char(769)", "x'61'",
        "x''", "'10'", "'9'",
        "' 7 '", "'a%b'", "'a_b'", "1e999", "-1e999", "'Z'", "'z'", "'_'", "'\\'",
    ]

    private static let operands = [
        "0", "1", "1.0", "1.5", "9007199254740993", "9.3e18", "a", "A", "a ", "ab", "%C3%A9", "", "10", " 7 ",
        "Infinity", "-1", "z", "-Infinity",
    ]

    @Test("every comparison gives what SQLite gives, for every kind of value and column")
    func comparisons() throws {
        let store = try StoreFixture(Self.script)
        for (index, value) in Self.values.enumerated() {
            let row = ([String(index + 1)] + Array(repeating: value, count: 8)).joined(separator: ", ")
            try store.engine.database.connection.execute("INSERT INTO odd VALUES (\(row))")
        }
        let table = try #require(store.engine.schema.table(named: "odd"))
        var compared = 0
        for column in ["i", "r", "n", "t", "c", "s", "x", "b"] {
            for operation in ["eq", "ne", "lt", "lte", "gt", "gte", "in", "notin", "isnull"] {
                for operand in operation == "isnull" ? ["true", "false"] : Self.operands {
                    try compare("\(column)__\(operation)=\(operand)", store, table)
                    compared += 1
                }
            }
        }
        for column in ["t", "c", "s"] {
            for pattern in ["a%25", "%25", "_", "%25b", "a_b", "%25%C3%A9", "A", "%25a%25b%25", "", "__"] {
                for operation in ["like", "contains", "startswith"] {
                    try compare("\(column)__\(operation)=\(pattern)", store, table)
                    compared += 1
                }
            }
        }
        #expect(compared == 8 * (8 * Self.operands.count + 2) + 90)
    }

    @Test("every order is SQLite's, in both directions", arguments: ["i", "r", "n", "t", "c", "s", "x", "b"])
    func orders(column: String) throws {
        let store = try StoreFixture(Self.script)
        for (index, value) in Self.values.enumerated() {
            let row = ([String(index + 1)] + Array(repeating: value, count: 8)).joined(separator: ", ")
            try store.engine.database.connection.execute("INSERT INTO odd VALUES (\(row))")
        }
        let table = try #require(store.engine.schema.table(named: "odd"))
        for sort in [column, "-" + column] {
            let query = try QueryParser.parse("sort=" + sort, table: table, limits: QueryLimits())
            let order = try #require(RowOrder(query.sort, of: table))
            let places = try store.engine.database.reader.places(query, of: table, length: 100)
            #expect(places.count == Self.values.count)
            for (left, right) in zip(places, places.dropFirst()) { #expect(order.compare(left, right) < 0) }
        }
    }

    private func compare(_ text: String, _ store: StoreFixture, _ table: Table) throws {
        let query = try QueryParser.parse(text, table: table, limits: QueryLimits())
        let predicate = try #require(RowPredicate(query.filters, of: table))
        let expected = try store.engine.database.reader.elements(query, of: table)
        var found: [WindowElement] = []
        for id in 1...Self.values.count {
            let image = try #require(try store.engine.database.reader.image(table, .integer(Int64(id))))
            if predicate.matches({ image[$0] }) == true { found.append(.row(.integer(Int64(id)))) }
        }
        try #require(found == expected, "\(text)")
    }
}
