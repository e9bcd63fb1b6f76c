import RESProtocol
import Testing

@testable import resdev

@Suite("Types and descriptions made of a schema")
struct GeneratedTextTests {
    private static let schema = """
        {"service":"shop","tables":{"data":[
        {"name":"order lines","resource":"shop.order~20lines","writable":true,"key":{"kind":"columns","columns":["order","no"]},
        "columns":[{"name":"order","affinity":"integer","form":"plain","key":1,"notNull":true,"default":null,"generated":null},
        {"name":"no","affinity":"integer","form":"plain","key":2,"notNull":true,"default":null,"generated":null},
        {"name":"limit","affinity":"text","form":"plain","key":null,"notNull":false,"default":"'x'","generated":null},
        {"name":"extra","affinity":"numeric","form":"json","key":null,"notNull":false,"default":null,"generated":null},
        {"name":"sum","affinity":"real","form":"plain","key":null,"notNull":true,"default":null,"generated":"stored"}],
        "links":[{"name":"class","columns":["limit"],"table":"orders","resource":"shop.orders","shown":"soft"}],
        "collections":[],"search":null},
        {"name":"order_lines","resource":"shop.order_lines","writable":false,"key":{"kind":"none","columns":[]},
        "columns":[{"name":"done","affinity":"integer","form":"boolean","key":null,"notNull":false,"default":null,"generated":null}],
        "links":[],"collections":[],"search":null}]}}
        """

    private func database() throws -> DatabaseDescription {
        try #require(DatabaseDescription(decoding: try JSONSlice(parsing: GeneratedTextTests.schema)))
    }

    @Test("TypeScript: odd names are quoted, names that would be the same get a number, nullable is said")
    func typeScript() throws {
        let text = TypeScriptTypes(database: try database()).text
        #expect(
            text.contains(
                """
                /** A row of `shop.order~20lines`. */
                export interface OrderLines {
                  order: number;
                  no: number;
                  limit: string | null;
                  extra: Json;
                  readonly sum: number;
                  readonly class?: Ref | null;
                }

                /** The parameters of `shop.order~20lines.new`. */
                export interface NewOrderLines {
                  order: number;
                  no: number;
                  limit?: string | null;
                  extra?: Json;
                }

                /** An element of `shop.order_lines`. */
                export interface OrderLines2 {
                  done: boolean | null;
                }
                """
            )
        )
        #expect(text.contains("\"shop.order~20lines\": OrderLines[];"))
    }

    @Test("Swift: reserved words are escaped and names are Swift's")
    func swift() throws {
        let text = SwiftTypes(database: try database()).text
        for line in [
            "public struct OrderLines: Codable, Hashable, Sendable {", "    public var limit: String?",
            "    public var extra: JSONValue?", "    public var `class`: Link?",
            "        case `class` = \"class\"",
            "public struct OrderLines2: Codable", "    public var done: Bool?",
        ] {
            #expect(text.contains(line))
        }
    }

    @Test("types that would be the same, with New before them or as the module's own, are told apart")
    func typeNames() throws {
        let tables = ["class", "new class", "NewClass", "Ref", "ref"].map {
            "{\"name\":\"\($0)\",\"resource\":\"shop.x\",\"writable\":true}"
        }
        let schema = "{\"service\":\"shop\",\"tables\":{\"data\":[\(tables.joined(separator: ","))]}}"
        let database = try #require(DatabaseDescription(decoding: try JSONSlice(parsing: schema)))
        let names = TypeName.types(database.tables, reserved: ["Ref"], prefixes: ["New"])
        #expect(names == ["Class", "NewClass2", "NewClass3", "RefRow", "RefRow2"])
    }

    @Test("OpenAPI: every table has its paths, required columns are required, and reserved names are reached")
    func openAPI() throws {
        let document = OpenAPIDocument(databases: [try database()], apiPath: "/api/").json
        let paths = document["paths"]?.members.compactMap(\.name.string)
        #expect(
            paths == [
                "/api/shop", "/api/shop/batch", "/api/shop/order~20lines", "/api/shop/order~20lines/$count",
                "/api/shop/order~20lines/{key}", "/api/shop/order~20lines/{key}/increment",
                "/api/shop/order_lines", "/api/shop/order_lines/$count",
            ]
        )
        let schemas = document["components"]?["schemas"]
        #expect(schemas?["NewShopOrderLines"]?["required"]?.text == "[\"order\",\"no\"]")
        #expect(schemas?["NewShopOrderLines"]?["properties"]?["sum"] == nil)
        let list = document["paths"]?["/api/shop/order~20lines"]?["get"]?["parameters"]
        let names = list?.elements.compactMap { $0["name"]?.string } ?? []
        #expect(names.contains("limit") && names.contains("limit__eq") && names.contains("expand"))
        #expect(document["paths"]?["/api/shop/order_lines"]?["post"] == nil)
    }

    @Test(
        "names in programs",
        arguments: [
            ("book_genres", "BookGenres", "bookGenres"), ("author_id", "AuthorId", "authorID"),
            ("2nd", "T2nd", "v2nd"), ("…", "Table", "value"), ("ID", "ID", "id"), ("URL", "URL", "url"),
            ("naïve_имя", "NaïveИмя", "naïveИмя"), ("🙂 x·y", "XY", "xY"), ("", "Table", "value"),
        ]
    )
    func names(name: String, type: String, property: String) {
        #expect(TypeName.type(name) == type)
        #expect(TypeName.property(name) == property)
    }

    @Test("latencies are told within three percent")
    func histogram() {
        var histogram = LatencyHistogram()
        for microseconds in 1...1000 { histogram.add(Int64(microseconds) * 1000) }
        for (share, expected) in [(0.5, 500_000.0), (0.99, 990_000.0), (1.0, 1_000_000.0)] {
            #expect(abs(Double(histogram.percentile(share)) - expected) / expected < 0.04)
        }
        #expect(LatencyHistogram().percentile(0.5) == 0)
    }
}
