import NIOCore
import RESProtocol
import Testing
import WebServer

@testable import Gateway

@Suite("paths and resource ids")
struct ResourcePathTests {
    private let paths = ResourcePath(prefix: "/api")

    @Test(
        "a path names a resource, or none",
        arguments: [
            ("/api/test/model", "test.model"), ("/api/test", "test"), ("/api//test", "test"),
            ("/api/test-1/_a~b/$x", "test-1._a~b.$x"), ("/api/a:b@c=d&e+f;g,h", "a:b@c=d&e+f;g,h"),
            ("/api/%7Bcid%7D/a", "{cid}.a"), ("/api/(a)!'", "(a)!'"), ("/api/a#b", "a#b"),
            ("/api/test%2Emodel", "test.model"), ("/api/test%2emodel", "test.model"),
            ("/api/test%2Fmodel", "test/model"), ("/api/a%3Fq=1", "a?q=1"), ("/api/a%3F", "a"),
            ("/api/a%2524", "a$"), ("/api/a%2524/%2E", nil), ("/api/%2524(", "%24("), ("/api/a%252Eb", "a.b"),
            ("/api/a%252Fb", "a/b"), ("/api/%61", "a"), ("/api/a%25zz", nil), ("/api/a%25", nil),
            ("/%61pi/test", nil), ("/api", nil), ("/api/", nil), ("/api//", nil), ("/apitest", nil),
            ("/", nil),
            ("", nil), ("/other/test", nil), ("/api/test/", nil), ("/api/test//model", nil),
            ("/api///test", nil),
            ("/api/test.model", nil), ("/api/.", nil), ("/api/../x", nil), ("/api/te%20st", nil),
            ("/api/%00", nil),
            ("/api/*", nil), ("/api/a%2A", nil), ("/api/%3E", nil), ("/api/>", nil), ("/api/caf\u{e9}", nil),
            ("/api/caf%C3%A9", nil), ("/api/%ff", nil), ("/api/a%2E%2Eb", nil), ("/api/%2Ea", nil),
        ]
    )
    func resources(path: String, expected: String?) {
        #expect(paths.resource(.init(path), query: nil)?.text == expected)
    }

    @Test(
        "the query is passed on as it was sent",
        arguments: [
            (nil, "a"), ("", "a"), ("q=1", "a?q=1"), ("q=%20%zz&q=+", "a?q=%20%zz&q=+"), ("?", "a??"),
            ("b.c", "a?b.c"),
            ("\u{e9}", "a?\u{e9}"),
        ]
    )
    func queries(query: String?, expected: String) {
        #expect(paths.resource(.init("/api/a"), query: query)?.text == expected)
    }

    @Test(
        "the last part of a POST's path names the method",
        arguments: [
            ("/api/test/model/set", "test.model set"), ("/api/test/set", "test set"),
            ("/api//test/set", "test set"),
            ("/api/a%2Eb/set", "a.b set"), ("/api/a/s%2Fet", "a s/et"), ("/api/set", nil), ("/api/", nil),
            ("/api//set", nil), ("/api/test/", nil), ("/api/test/s%2Eet", nil), ("/api/test/s%3Fet", nil),
            ("/api/test/%2A", nil), ("/api/test/s.et", nil), ("/api/test/\u{e9}", nil),
        ]
    )
    func methods(path: String, expected: String?) {
        let found = paths.method(.init(path), query: nil).map { "\($0.resource) \($0.method)" }
        #expect(found == expected)
    }

    @Test(
        "the path of a resource id leads back to it",
        arguments: [
            ("test.model", "/api/test/model"), ("a-_~$&+:=@", "/api/a-_~$&+:=@"), ("a/b", "/api/a%2Fb"),
            ("a;b,c", "/api/a%3Bb%2Cc"), ("{x}(!)", "/api/%7Bx%7D%28%21%29"),
            ("a?q=1&r=b.c", "/api/a%3Fq=1&r=b/c"),
            ("a%b", "/api/a%25b"),
        ]
    )
    func hrefs(rid: String, path: String) {
        #expect(paths.path(of: rid) == path)
    }

    @Test(
        "ids of plain characters survive the way to a path and back",
        arguments: ["a.b", "a/b.c", "x(1).y!", "a?q=1"]
    )
    func roundTrip(rid: String) {
        #expect(paths.resource(.init(paths.path(of: rid)), query: nil)?.text == rid)
    }

    @Test("a path ends in a folder when a slash stands behind more than the prefix")
    func folders() {
        #expect(paths.isFolder(.init("/api/a/")) && paths.isFolder(.init("/api//")))
        #expect(!paths.isFolder(.init("/api/")) && !paths.isFolder(.init("/api/a")))
        #expect(!paths.isFolder(.init("/api/a%2F")))
        #expect(paths.contains(.init("/%61pi/a")) && !paths.contains(.init("/api")))
    }

    @Test("a prefix may be the root")
    func root() {
        let paths = ResourcePath(prefix: "/")
        #expect(paths.resource(.init("/a/b"), query: nil)?.text == "a.b")
        #expect(paths.path(of: "a.b") == "/a/b")
    }
}

@Suite("pages of other origins")
struct CORSPolicyTests {
    private func request(_ origin: String?, _ more: [(String, String)] = []) -> HTTPRequest {
        let fields =
            (origin.map { [(name: "Origin", value: $0)] } ?? []) + more.map { (name: $0.0, value: $0.1) }
        return HTTPRequest(method: .get, target: "/", path: "/", fields: HTTPFields(fields))
    }

    @Test(
        "an origin is allowed or not, and told what is",
        arguments: [
            ("*", nil, "ok *"), ("*", "http://a.com", "ok *"), ("http://a.com", nil, "ok"),
            ("http://a.com", "null", "ok"), ("http://a.com", "http://a.com", "ok http://a.com Origin"),
            ("http://A.com", "HTTP://a.COM", "ok HTTP://a.COM Origin"),
            ("http://a.com", "http://a.com:80", "no http://a.com Origin"),
            ("http://a.com:80", "http://a.com:80", "ok http://a.com:80 Origin"),
            ("http://a.com", "http://a.co", "no http://a.com Origin"),
            ("http://a.com", "http://a.com.evil", "no http://a.com Origin"),
            ("http://a.com", "https://a.com", "no http://a.com Origin"),
            ("http://b.com;http://a.com", "http://c.com", "no http://a.com Origin"),
            ("http://b.com;http://a.com", "http://b.com", "ok http://b.com Origin"),
            ("http://\u{e9}.com", "http://\u{c9}.com", "no http://\u{e9}.com Origin"),
            ("http://a.com", "", "no http://a.com Origin"),
        ]
    )
    func origins(allowed: String, origin: String?, expected: String) throws {
        let verdict = try CORSPolicy(allowOrigin: allowed).verdict(for: request(origin))
        let words = [verdict.isAllowed ? "ok" : "no"] + verdict.fields.map(\.value)
        #expect(words.joined(separator: " ") == expected)
        #expect(try CORSPolicy(allowOrigin: allowed).allowsWebSocket(request(origin)) == verdict.isAllowed)
    }

    @Test("credentials are told where header fields authenticate, also with *")
    func credentials() throws {
        let policy = try CORSPolicy(allowOrigin: "*", allowsCredentials: true)
        #expect(
            policy.verdict(for: request(nil)).fields == [
                HTTPField("Access-Control-Allow-Credentials", "true"),
                HTTPField("Access-Control-Allow-Origin", "*"),
            ]
        )
    }

    @Test("a preflight is answered 200, with the header fields that are asked for in one line")
    func preflight() throws {
        let policy = try CORSPolicy(allowOrigin: "http://a.com")
        let asked = request(
            "http://b.com",
            [("access-control-request-headers", "X-A"), ("Access-Control-Request-Headers", "X-B, X-C")]
        )
        let answer = policy.preflight(asked, allowedMethods: "GET")
        #expect(answer.status == 200 && answer.body.readableBytes == 0)
        #expect(
            answer.fields.map { "\($0.name): \($0.value)" } == [
                "Access-Control-Allow-Origin: http://a.com", "Vary: Origin",
                "Access-Control-Allow-Methods: GET",
                "Access-Control-Allow-Headers: X-A, X-B, X-C",
            ]
        )
    }

    @Test(
        "a list that holds what is no origin is refused",
        arguments: [
            "", ";", "http://a.com;", "*;http://a.com", "http://a.com;*", "a.com", "http:a.com", "http://",
            "http:///a",
            "http://a.com/", "http://a.com/x", "http://a.com?x", "http://a.com#x", "http://u@a.com",
            "://a.com",
            "1http://a.com", "http://a com", "http://a.com:port", "same-origin",
        ]
    )
    func invalid(origins: String) {
        #expect(throws: CORSPolicy.InvalidOrigins.self) { try CORSPolicy(allowOrigin: origins) }
    }

    @Test(
        "a list of origins is taken",
        arguments: ["http://a", "https://a.com:8443;capacitor://localhost", "http://[::1]:80"]
    )
    func valid(origins: String) throws {
        _ = try CORSPolicy(allowOrigin: origins)
    }
}

@Suite("methods of requests")
struct HTTPMethodMappingTests {
    @Test("GET and HEAD get, POST calls what the path names, others what they are mapped to")
    func actions() throws {
        let bare = try HTTPMethodMapping()
        #expect(bare.allowedMethods == "GET, HEAD, OPTIONS, POST")
        let methods: [HTTPMethod] = [
            .get, .head, .post, .put, .delete, .patch, .other("TRACE"), .other("get"),
        ]
        #expect(
            methods.map { bare.action(for: $0) } == [
                .get, .get, .post, .notAllowed, .notAllowed, .notAllowed, .notAllowed, .notAllowed,
            ]
        )
        let mapped = try HTTPMethodMapping(put: "set", delete: "remove", patch: "patch")
        #expect(mapped.allowedMethods == "GET, HEAD, OPTIONS, POST, PUT, DELETE, PATCH")
        #expect(
            [HTTPMethod.put, .delete, .patch].map { mapped.action(for: $0) } == [
                .call("set"), .call("remove"), .call("patch"),
            ]
        )
    }

    @Test(
        "a name that no method can have is refused",
        arguments: ["", "a.b", "a?", "*", ">", "a b", "\u{e9}"]
    )
    func invalid(name: String) {
        #expect(throws: HTTPMethodMapping.InvalidMethod.self) { try HTTPMethodMapping(put: name) }
    }
}

@Suite("what services say about answers")
struct ResponseMetaTests {
    private func meta(_ json: String) throws -> ServiceResponse.Meta {
        let text = #"{"result":null,"meta":\#(json)}"#
        return try #require(ServiceResponse(decoding: ByteBuffer(string: text))?.meta)
    }

    @Test(
        "meta objects are put together, the last one wins, cookies add up",
        arguments: [
            ([], "none"), ([#"{}"#], "none"), ([#"{"status":302}"#], "302"), ([#"{"status":599}"#], "599"),
            ([#"{"status":200}"#], "none"), ([#"{"status":299}"#], "none"), ([#"{"status":600}"#], "none"),
            ([#"{"status":-1}"#], "none"), ([#"{"status":401}"#, #"{"status":302}"#], "302"),
            ([#"{"status":401}"#, "{}"], "401"), ([#"{"status":401}"#, #"{"status":200}"#], "none"),
            ([#"{"header":{"x-foo":["a","b"]}}"#], "none X-Foo: a, X-Foo: b"),
            ([#"{"status":200,"header":{"A":["1"]}}"#], "none A: 1"),
            ([#"{"header":{"A":["1"]}}"#, #"{"header":{"a":["2"]}}"#], "none A: 2"),
            ([#"{"header":{"A":["1"],"B":["1"]}}"#, #"{"header":{"A":[]}}"#], "none B: 1"),
            (
                [#"{"header":{"Set-Cookie":["1"]}}"#, #"{"header":{"set-cookie":["2","3"]}}"#],
                "none Set-Cookie: 1, Set-Cookie: 2, Set-Cookie: 3"
            ),
            (
                [
                    #"{"header":{"content-type":["a"],"Sec-WebSocket-Protocol":["a"],"Sec-WebSocket-Extensions":["a"],"#
                        + #""Access-Control-Allow-Origin":["a"],"Access-Control-Allow-Credentials":["a"],"X":["a"]}}"#
                ],
                "none X: a"
            ),
        ]
    )
    func merging(metas: [String], expected: String) throws {
        let merged = ResponseMeta(merging: try metas.map { try meta($0) })
        let fields = merged.fields.map { "\($0.name): \($0.value)" }.joined(separator: ", ")
        let status = merged.status.map { "\($0)" } ?? "none"
        #expect(status + (fields.isEmpty ? "" : " " + fields) == expected)
    }

    @Test("a service's field takes the place of the gateway's own")
    func merged() throws {
        let merged = ResponseMeta(merging: [try meta(#"{"header":{"vary":["X"],"B":["1"]}}"#)])
        let own = [HTTPField("Access-Control-Allow-Origin", "*"), HTTPField("Vary", "Origin")]
        #expect(
            merged.merged(into: own) == [
                HTTPField("Access-Control-Allow-Origin", "*"), HTTPField("Vary", "X"), HTTPField("B", "1"),
            ]
        )
    }
}

@Suite("statuses of errors")
struct HTTPErrorStatusTests {
    @Test(
        "each error has its status",
        arguments: [
            ("notFound", 404), ("methodNotFound", 404), ("timeout", 404), ("accessDenied", 401),
            ("forbidden", 403),
            ("methodNotAllowed", 405), ("subjectTooLong", 414), ("internalError", 500),
            ("serviceUnavailable", 503),
            ("invalidParams", 400), ("invalidQuery", 400), ("deleted", 400), ("notImplemented", 400),
            ("badRequest", 400),
            ("NotFound", 400),
        ]
    )
    func statuses(code: String, status: Int) {
        #expect(RESError(code: "system." + code, message: "").httpStatus == status)
    }

    @Test("codes of services, and an empty one, are 400", arguments: ["", "custom.error", "notFound"])
    func others(code: String) {
        #expect(RESError(code: code, message: "").httpStatus == 400)
    }

    @Test(
        "each status has its error",
        arguments: [
            (401, "accessDenied"), (402, "accessDenied"), (407, "accessDenied"), (403, "forbidden"),
            (451, "forbidden"),
            (404, "notFound"), (410, "notFound"), (405, "methodNotAllowed"), (408, "timeout"),
            (504, "timeout"),
            (400, "badRequest"), (418, "badRequest"), (499, "badRequest"), (501, "notImplemented"),
            (503, "serviceUnavailable"), (500, "internalError"), (502, "internalError"),
            (599, "internalError"),
        ]
    )
    func errors(status: Int, code: String) {
        #expect(RESError(httpStatus: status).code == "system." + code)
    }
}

@Suite("answers over HTTP")
struct HTTPAnswerTests {
    private static let moved = ServiceResponse.Meta(status: 302)
    private static let located = ServiceResponse.Meta(
        status: 302,
        header: [.init(name: "location", values: ["/x"])]
    )
    private static let teapot = ServiceResponse.Meta(status: 418)
    private static let tagged = ServiceResponse.Meta(header: [.init(name: "x-tag", values: ["1", "2"])])
    private static let type = "Content-Type=application/json; charset=utf-8"

    @Test("an outcome and what services say of it make an answer")
    func table() throws {
        let model = HTTPSession.Outcome.representation(ByteBuffer(string: "{}"))
        let resource = HTTPSession.Outcome.resource(try #require(ResourceID("test.model?q=1")))
        let error = HTTPSession.Outcome.error(RESError(code: "a.b", message: "c"))
        let missing = HTTPSession.Outcome.error(.methodNotFound)
        let body = #"{"code":"a.b","message":"c"}"#
        let location = "Location=/api/test/model%3Fq=1"
        let table: [(HTTPSession.Outcome, ServiceResponse.Meta?, HTTPMethod, String)] = [
            (model, nil, .get, "200 \(HTTPAnswerTests.type) {}"),
            (model, HTTPAnswerTests.tagged, .get, "200 X-Tag=1|X-Tag=2|\(HTTPAnswerTests.type) {}"),
            (model, ServiceResponse.Meta(status: 201), .get, "200 \(HTTPAnswerTests.type) {}"),
            (.result(.null), nil, .post, "204  "),
            (.result(JSONSlice(integer: 5)), nil, .post, "200 \(HTTPAnswerTests.type) 5"),
            (resource, nil, .post, "200 \(location) "),
            (
                resource, ServiceResponse.Meta(header: [.init(name: "Location", values: ["/x"])]), .post,
                "200 \(location) "
            ),
            (resource, HTTPAnswerTests.moved, .post, "302 \(location) "),
            (resource, HTTPAnswerTests.located, .post, "302 Location=/x "),
            (model, HTTPAnswerTests.moved, .get, "302  "), (error, HTTPAnswerTests.moved, .get, "302  "),
            (.stopped, HTTPAnswerTests.moved, .get, "302  "),
            (error, nil, .get, "400 \(HTTPAnswerTests.type) \(body)"),
            (error, HTTPAnswerTests.teapot, .get, "418 \(HTTPAnswerTests.type) \(body)"),
            (
                .stopped, HTTPAnswerTests.teapot, .get,
                "418 \(HTTPAnswerTests.type) {\"code\":\"system.badRequest\",\"message\":\"Bad request\"}"
            ),
            (
                .result(.null), ServiceResponse.Meta(status: 503), .post,
                "503 \(HTTPAnswerTests.type) {\"code\":\"system.serviceUnavailable\",\"message\":\"Service unavailable\"}"
            ),
            (
                missing, nil, .post,
                "404 \(HTTPAnswerTests.type) {\"code\":\"system.methodNotFound\",\"message\":\"Method not found\"}"
            ),
            (
                missing, nil, .put,
                "405 Allow=GET, HEAD, OPTIONS, POST, PATCH|\(HTTPAnswerTests.type) {\"code\":\"system.methodNotAllowed\",\"message\":\"Method not allowed\"}"
            ),
        ]
        let answers = HTTPAnswer(
            paths: ResourcePath(prefix: "/api/"),
            methods: try HTTPMethodMapping(put: "put", patch: "set")
        )
        for (outcome, meta, method, expected) in table {
            let merged = ResponseMeta(merging: meta.map { [$0] } ?? [])
            let answer = answers.response(to: outcome, meta: merged, method: method, own: [])
            let fields = answer.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
            #expect("\(answer.status) \(fields) \(String(buffer: answer.body))" == expected)
        }
    }

    @Test(
        "parameters are any JSON, or none where the body is white space",
        arguments: [
            ("", nil), (" \t\r\n\u{b}\u{c}", nil), ("{}", "{}"), (" [1] ", "[1]"), ("null", "null"),
            ("5", "5"),
        ]
    )
    func parameters(body: String, expected: String?) throws {
        #expect(try HTTPParameters.decode(ByteBuffer(string: body))?.text == expected)
    }

    @Test("a body that is no JSON is told so", arguments: ["{", "{} x", "'a'", "nul"])
    func badParameters(body: String) {
        let error = #expect(throws: RESError.self) { try HTTPParameters.decode(ByteBuffer(string: body)) }
        #expect(error?.code == "system.badRequest")
        #expect(error?.message.hasPrefix("Error decoding request body: ") == true)
    }
}
