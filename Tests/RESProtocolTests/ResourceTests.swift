import NIOCore
import Testing

@testable import RESProtocol

@Suite("Resource ids")
struct ResourceIDTests {
    @Test(
        "a name is printable parts joined by dots",
        arguments: [
            ("library", "library", nil), ("library.books.42", "library.books.42", nil),
            ("library.books?limit=5&sort=a.b", "library.books", "limit=5&sort=a.b"), ("a?", "a", nil),
            ("a.b~2Fc", "a.b~2Fc", nil), ("a?b?c", "a", "b?c"), ("a.{cid}", "a.{cid}", nil),
        ] as [(String, String, String?)]
    )
    func valid(text: String, name: String, query: String?) throws {
        let id = try #require(ResourceID(text))
        #expect(id.name == name)
        #expect(id.query == query)
        #expect(id == ResourceID(unchecked: name, query: query))
    }

    @Test(
        "anything else is no id",
        arguments: ["", ".", "a.", ".a", "a..b", "a b", "a.*", "a.>", "é", "a\u{7f}", "?q", "a.?q", "a\n"]
    )
    func invalid(text: String) {
        #expect(ResourceID(text) == nil)
    }
}

@Suite("Resource values and events")
struct ResourceValueTests {
    @Test(
        "a value is read, and written in the form of 1.2.3",
        arguments: [
            ("1", "1"), ("\"a\"", "\"a\""), ("null", "null"), ("{\"rid\":\"a.b\"}", "{\"rid\":\"a.b\"}"),
            ("{\"rid\":\"a.b?q\",\"soft\":true}", "{\"rid\":\"a.b?q\",\"soft\":true}"),
            ("{\"rid\":\"a\",\"soft\":false}", "{\"rid\":\"a\"}"), ("{\"data\":[1,{}]}", "{\"data\":[1,{}]}"),
            ("{\"data\":5}", "5"), ("{\"action\":\"delete\"}", "{\"action\":\"delete\"}"),
        ]
    )
    func values(text: String, written: String) throws {
        let value = try #require(ResourceValue(decoding: try JSONSlice(parsing: text)))
        var buffer = ByteBuffer()
        value.encode(into: &buffer)
        #expect(String(buffer: buffer) == written)
    }

    @Test(
        "other objects and arrays are no values",
        arguments: ["[]", "{}", "{\"a\":1}", "{\"rid\":5}", "{\"rid\":\"a..b\"}", "{\"action\":\"x\"}"]
    )
    func noValues(text: String) throws {
        #expect(ResourceValue(decoding: try JSONSlice(parsing: text)) == nil)
    }

    @Test(
        "an event is read, and written again as it was",
        arguments: [
            ("change", #"{"values":{"a":1,"b":{"action":"delete"}}}"#),
            ("add", #"{"value":{"rid":"a.b"},"idx":3}"#),
            ("remove", #"{"idx":0}"#), ("create", ""), ("delete", ""), ("reaccess", ""),
            ("query", #"{"subject":"_EVENT.x"}"#),
            (
                "query",
                #"{"subject":"_E.x","queries":{"limit=5":{"events":[{"event":"remove","data":{"idx":1}}]}}}"#
            ),
            ("moved", #"{"anything":[1]}"#), ("moved", ""),
        ]
    )
    func events(name: String, text: String) throws {
        let payload = text.isEmpty ? nil : try JSONSlice(parsing: text)
        let event = try #require(ResourceEvent(name: name, payload: payload))
        var buffer = ByteBuffer()
        event.encode(into: &buffer)
        #expect(String(buffer: buffer) == text)
        #expect(event.name == name)
    }

    @Test(
        "a payload of the wrong form is no event",
        arguments: [
            ("change", "{}"), ("change", "[]"), ("change", #"{"values":{"a":[]}}"#), ("add", #"{"idx":1}"#),
            ("add", #"{"value":1,"idx":-1}"#), ("add", #"{"value":1,"idx":"1"}"#),
            ("remove", #"{"idx":1.5}"#),
            ("remove", "1.5e999"), ("query", "{}"), ("query", #"{"subject":"a b"}"#),
            ("add", #"{"value":{"action":"delete"},"idx":0}"#),
        ]
    )
    func noEvents(name: String, text: String) throws {
        #expect(ResourceEvent(name: name, payload: try JSONSlice(parsing: text)) == nil)
    }
}

@Suite("Service requests and answers")
struct ServiceRequestTests {
    private static let books = ResourceID(unchecked: "library.books", query: "limit=1")

    @Test(
        "a request has exactly the members that services expect",
        arguments: [
            (ServiceRequest(.get, ResourceID(unchecked: "a.b")), "get.a.b", "{}"),
            (ServiceRequest(.get, books), "get.library.books", #"{"query":"limit=1"}"#),
            (
                ServiceRequest(.access, books, connectionID: "c", isHTTP: true), "access.library.books",
                #"{"token":null,"cid":"c","isHttp":true,"query":"limit=1"}"#
            ),
            (
                ServiceRequest(.call(method: "set"), ResourceID(unchecked: "a"), connectionID: "c"),
                "call.a.set",
                #"{"token":null,"params":null,"cid":"c"}"#
            ),
            (
                ServiceRequest(
                    .auth(method: "login"),
                    ResourceID(unchecked: "a"),
                    connectionID: "c",
                    token: JSONSlice(integer: 1),
                    params: JSONSlice(integer: 2),
                    client: .init(
                        header: [("Origin", ["x", "y"])],
                        host: "h",
                        remoteAddress: "1.2.3.4:5",
                        uri: "/ws?a"
                    )
                ),
                "auth.a.login",
                #"{"token":1,"params":2,"cid":"c","header":{"Origin":["x","y"]},"host":"h","remoteAddr":"1.2.3.4:5","uri":"/ws?a"}"#
            ),
        ]
    )
    func encoding(request: ServiceRequest, subject: String, payload: String) throws {
        var buffer = ByteBuffer()
        request.encode(into: &buffer)
        #expect(request.subject.text == subject)
        #expect(String(buffer: buffer) == payload)
        var decoded = try ServiceRequest(subject: request.subject, payload: buffer)
        decoded?.client = request.client
        #expect(decoded == request)
    }

    @Test(
        "subjects that are no request are refused",
        arguments: ["get", "call.a", "event.a.change", "foo.a.b"]
    )
    func noRequest(subject: String) throws {
        #expect(try ServiceRequest(subject: Subject(unchecked: subject), payload: ByteBuffer()) == nil)
    }

    @Test(
        "an answer is read and written again as it was",
        arguments: [
            #"{"result":null}"#, #"{"result":{"model":{"a":1}}}"#, #"{"resource":{"rid":"a.b"}}"#,
            #"{"error":{"code":"system.notFound","message":"Not found"}}"#,
            #"{"error":{"code":"x.y","message":"m","data":{"z":[1]}}}"#,
            #"{"result":1,"meta":{"status":303,"header":{"Location":["/a"],"Set-Cookie":["b","c"]}}}"#,
            #"{"result":1,"meta":{"status":404}}"#,
        ]
    )
    func responses(text: String) throws {
        let response = try #require(ServiceResponse(decoding: ByteBuffer(string: text)))
        var buffer = ByteBuffer()
        response.encode(into: &buffer)
        #expect(String(buffer: buffer) == text)
    }

    @Test("an error wins over a result", arguments: [#"{"result":1,"error":{"code":"a.b"}}"#])
    func errorWins(text: String) throws {
        let response = try #require(ServiceResponse(decoding: ByteBuffer(string: text)))
        #expect(response.outcome == .error(RESError(code: "a.b", message: "")))
    }

    @Test("what is no answer is refused", arguments: ["", "x", "[]", "{}", #"{"resource":{"rid":""}}"#])
    func noResponse(text: String) {
        #expect(ServiceResponse(decoding: ByteBuffer(string: text)) == nil)
    }
}
