import RESProtocol
import Testing

@testable import resdev

@Suite("Arguments of the command line client")
struct ArgumentTests {
    @Test(
        "a server's address is read with what is usual where it says nothing",
        arguments: [
            ("http://localhost:8080", "ws://localhost:8080/"),
            ("localhost:9000", "ws://localhost:9000/"),
            ("HTTPS://example.com", "wss://example.com:443/"),
            ("ws://example.com/socket", "ws://example.com:80/socket"),
            ("http://[::1]:81", "ws://[::1]:81/"),
        ]
    )
    func address(text: String, socket: String) throws {
        #expect(try "\(ServerURL(text))" == socket)
    }

    @Test(
        "what is no address is refused",
        arguments: ["http://", "http://a:0", "http://a:x", "http://u@a", ""]
    )
    func noAddress(text: String) {
        #expect(throws: StartFailure.self) { try ServerURL(text) }
    }

    @Test(
        "a resource is named by its id, its path or its URL",
        arguments: [
            ("library.books.42", "ws://localhost:8080/ library.books.42"),
            ("library.books?limit=3", "ws://localhost:8080/ library.books?limit=3"),
            ("/api/library/books?limit=3", "ws://localhost:8080/ library.books?limit=3"),
            ("https://x.org/api/library/books/42", "wss://x.org:443/ library.books.42"),
            ("http://[::1]:81/api/a%2Cb", "ws://[::1]:81/ a,b"),
        ]
    )
    func resource(text: String, expected: String) throws {
        let argument = try ResourceArgument(text, server: .local)
        #expect("\(argument.server) \(argument.id)" == expected)
    }

    @Test(
        "what names no resource is refused",
        arguments: ["", "a..b", "a b", "http://x.org/", "http://x.org/other/a", "/api/a//b"]
    )
    func noResource(text: String) {
        #expect(throws: StartFailure.self) { try ResourceArgument(text, server: .local) }
    }

    @Test(
        "parameters become one JSON value",
        arguments: [
            ([], nil),
            (["{\"a\": 1}"], "{\"a\": 1}"),
            (["[1,2]"], "[1,2]"),
            (["title=A = \"B\""], "{\"title\":\"A = \\\"B\\\"\"}"),
            (
                ["title=Dune", "year:=1965", "tags:=[\"a\"]"],
                "{\"title\":\"Dune\",\"year\":1965,\"tags\":[\"a\"]}"
            ),
            (["empty="], "{\"empty\":\"\"}"),
        ] as [([String], String?)]
    )
    func parameters(words: [String], json: String?) throws {
        #expect(try ParameterArguments.json(words)?.text == json)
    }

    @Test("what is no parameter is refused", arguments: ["title", "=x", ":=1", "year:=nineteen"])
    func noParameter(word: String) {
        #expect(throws: StartFailure.self) { try ParameterArguments.json(["a=b", word]) }
    }
}
