import RESProtocol
import Testing

@testable import Store

@Suite("Queries")
struct QueryTests {
    private static let table = SchemaBuilder(
        serviceName: "s",
        declarations: [
            SchemaBuilder.Declaration(
                name: "books",
                columns: [
                    .init(name: "id", type: "INTEGER"), .init(name: "title", type: "TEXT"),
                    .init(name: "year", type: "INTEGER"), .init(name: "price", type: "REAL"),
                    .init(name: "lendable", type: "BOOLEAN"), .init(name: "limit", type: "INTEGER"),
                    .init(name: "any", type: ""),
                ],
                key: ["id"],
                isIntegerKey: true
            )
        ]
    ).schema(leftOut: []).tables[0]

    private func normalised(_ query: String) throws(RESError) -> String {
        try QueryParser.parse(query, table: Self.table, limits: QueryLimits())
            .text(for: Self.table, limits: QueryLimits())
    }

    @Test(
        "queries of one meaning have one text",
        arguments: [
            ("", "limit=100"), ("limit=100", "limit=100"), ("start=0&limit=5", "limit=5"),
            ("year=07&title=a", "title=a&year=7"), ("title=a&year=7.0", "title=a&year=7"),
            ("year__eq=7", "year=7"), ("limit__eq=3", "limit__eq=3"), ("year=7&year=7", "year=7"),
            ("year__in=3,1,3", "year__in=1,3"), ("year__in=3", "year=3"),
            ("title__in=a\\,b", "title=a,b"),
            ("lendable=1", "lendable=true"), ("lendable=false", "lendable=false"),
            ("sort=title,id", "sort=title"), ("sort=id", "limit=100"), ("sort=-id,title", "sort=-id"),
            ("sort=title,title,-year", "sort=title,-year"),
            ("title=a+b%26", "title=a%20b%26"), ("price=Infinity", "price=Infinity"),
            ("title__isnull=1", "title__isnull=true"), ("title=05", "title=05"),
            ("fields=year,id", "fields=id,year"), ("title__contains=%25", "title__contains=%25"),
        ]
    )
    func normal(query: String, text: String) throws {
        #expect(try normalised(query) == text)
        #expect(try normalised(text) == text)
    }

    @Test(
        "a wrong query is refused with what is wrong",
        arguments: [
            ("yeer=1", "No column yeer in books; did you mean year?"),
            ("year__gtt=1", "No operator gtt in year__gtt; did you mean gt?"),
            ("limit=0", "limit is \"0\"; a whole number, 1 to 1000, would be right"),
            ("limit=1001", "limit is \"1001\"; a whole number, 1 to 1000, would be right"),
            ("start=-1", "start is \"-1\"; a whole number, 0 or more, would be right"),
            ("limit=5&limit=6", "limit is given twice"),
            ("sort=-none", "No column none in books"),
            ("title=%2", "The query has a % without two hexadecimal digits, or bytes that are no UTF-8"),
            ("title=%FF", "The query has a % without two hexadecimal digits, or bytes that are no UTF-8"),
            ("year__isnull=maybe", "year__isnull is \"maybe\"; true or false would be right"),
        ]
    )
    func wrong(query: String, message: String) {
        let error = #expect(throws: RESError.self) { try normalised(query) }
        #expect(error?.code == "system.invalidQuery")
        #expect(error?.message == message)
    }

    @Test("limits hold at the limit and are refused beyond it")
    func limits() throws {
        var limits = QueryLimits()
        limits.maximumFilters = 2
        limits.maximumValues = 3
        limits.maximumLength = 40
        let table = Self.table
        func parse(_ query: String) throws(RESError) {
            _ = try QueryParser.parse(query, table: table, limits: limits)
        }
        try parse("year=1&title=a")
        #expect(throws: RESError.self) { try parse("year=1&title=a&price=2") }
        try parse("year__in=1,2,3")
        #expect(throws: RESError.self) { try parse("year__in=1,2,3,4") }
        try parse("title=" + String(repeating: "a", count: 34))
        #expect(throws: RESError.self) { try parse("title=" + String(repeating: "a", count: 35)) }
    }
}
