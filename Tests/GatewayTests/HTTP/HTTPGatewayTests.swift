import NIOCore
import RESProtocol
import SocketTesting
import Testing
import WebServer

@testable import Gateway

/// Requests to a live gateway with a service behind it: what the client gets, and what the service was asked.
@Suite("the gateway over HTTP")
struct HTTPGatewayTests {
    private static let resources = [
        "test.model": #"{"a":1,"child":{"rid":"test.child"}}"#,
        "test.child": #"{"b":[]}"#.replacing("[]", with: "2"),
        "test.list":
            #"[{"rid":"test.child"},{"rid":"test.gone"},{"rid":"test.child","soft":true},{"data":{"x":1}}]"#,
        "test.self": #"{"me":{"rid":"test.self"}}"#,
    ]
    private static let json = "Access-Control-Allow-Origin: */Content-Type: application/json; charset=utf-8"

    private func gateway(
        _ configure: @escaping @Sendable (inout GatewayConfiguration) -> Void = { _ in },
        answer: (@Sendable (String, String) -> String?)? = nil
    ) throws -> TestGateway {
        let gateway = try TestGateway(HTTPGatewayTests.resources, configure: configure)
        if let answer { try gateway.with { _, service in service.answer = answer } }
        return gateway
    }

    private func error(_ line: String, _ code: String, _ message: String) -> String {
        "HTTP/1.1 \(line)/\(HTTPGatewayTests.json)|{\"code\":\"system.\(code)\",\"message\":\"\(message)\"}"
    }

    private func notAllowed(allow: String) -> String {
        error("405 Method Not Allowed", "methodNotAllowed", "Method not allowed")
            .replacing("/Content-Type", with: "/Allow: \(allow)/Content-Type")
    }

    @Test(
        "a resource is got in the encoding that is configured",
        arguments: [
            (APIEncoding.json, "model", #"{"a":1,"child":{"href":"/api/test/child","model":{"b":2}}}"#),
            (.jsonFlat, "model", #"{"a":1,"child":{"b":2}}"#),
            (
                .json, "list",
                #"[{"href":"/api/test/child","model":{"b":2}},{"href":"/api/test/gone","error":{"code":"system.notFound","#
                    + #""message":"Not found"}},{"href":"/api/test/child"},{"x":1}]"#
            ),
            (
                .jsonFlat, "list",
                #"[{"b":2},{"code":"system.notFound","message":"Not found"},{"href":"/api/test/child"},{"x":1}]"#
            ),
            (.json, "self", #"{"me":{"href":"/api/test/self"}}"#),
            (.jsonFlat, "self", #"{"me":{"href":"/api/test/self"}}"#),
        ]
    )
    func get(encoding: APIEncoding, name: String, expected: String) throws {
        let gateway = try gateway({ $0.apiEncoding = encoding })
        let answer = try gateway.request("GET", "/api/test/\(name)")
        #expect(answer == "HTTP/1.1 200 OK/\(HTTPGatewayTests.json)|\(expected)")
        // Now from the cache.
        #expect(try gateway.request("GET", "/api/test/\(name)") == answer)
    }

    @Test("what a service is asked for a GET has isHttp and the raw query")
    func requests() throws {
        let gateway = try gateway()
        _ = try gateway.request("GET", "/api/test/child?q=%20a&b")
        let requests = try gateway.with { _, service in service.requests.sorted() }
        #expect(requests.count == 2)
        #expect(requests[0].hasPrefix(#"access.test.child {"token":null,"cid":""#))
        #expect(requests[0].hasSuffix(#"","isHttp":true,"query":"q=%20a&b"}"#))
        #expect(requests[1] == #"get.test.child {"query":"q=%20a&b"}"#)
    }

    @Test("HEAD is GET without the body")
    func head() throws {
        let gateway = try gateway()
        let client = try SocketClient(port: gateway.port)
        client.send("HEAD /api/test/child HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let answer = client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("\r\n\r\n"))
        #expect(answer.contains("\r\nContent-Length: 7\r\n"))
    }

    @Test(
        "what names no resource is 404 without asking anybody",
        arguments: [
            ("GET", "/api/"), ("GET", "/api/test/"), ("GET", "/api/test.model"), ("GET", "/api/test//model"),
            ("GET", "/api/caf\u{e9}"), ("POST", "/api/test"), ("POST", "/api/test/model/"),
            ("PUT", "/api/test/"),
            ("TRACE", "/api/test/"),
        ]
    )
    func notFound(method: String, path: String) throws {
        let gateway = try gateway()
        #expect(try gateway.request(method, path) == error("404 Not Found", "notFound", "Not found"))
        #expect(try gateway.with { _, service in service.requests } == [])
    }

    @Test(
        "what lies outside the paths of the gateway is 404 without CORS",
        arguments: ["/api", "/other", "/apitest", "/x/"]
    )
    func outside(path: String) throws {
        let gateway = try gateway()
        let body = #"{"code":"system.notFound","message":"Not found"}"#
        for method in ["GET", "OPTIONS", "POST"] {
            #expect(
                try gateway.request(method, path)
                    == "HTTP/1.1 404 Not Found/Content-Type: application/json; charset=utf-8|\(body)"
            )
        }
    }

    @Test(
        "methods that are not mapped are not allowed",
        arguments: ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW", "get"]
    )
    func notAllowed(method: String) throws {
        let gateway = try gateway()
        #expect(
            try gateway.request(method, "/api/test/model")
                == notAllowed(allow: "GET, HEAD, OPTIONS, POST")
        )
    }

    @Test("POST calls the method that the path names with the body as parameters")
    func post() throws {
        let gateway = try gateway(answer: { subject, payload in
            subject == "call.test.model.set" ? #"{"result":\#(payload)}"# : nil
        })
        let answer = try gateway.request("POST", "/api/test/model/set?q=1", body: #" {"a": 2} "#)
        #expect(answer.contains(#""token":null,"params":{"a": 2},"cid":""#))
        #expect(answer.hasSuffix(#"","isHttp":true,"query":"q=1"}"#))
        #expect(try gateway.request("POST", "/api/test/model/set", body: " \n").contains(#""params":null"#))
    }

    @Test(
        "what a call gives becomes the answer",
        arguments: [
            (#"{"result":null}"#, "HTTP/1.1 204 No Content/Access-Control-Allow-Origin: *|"),
            (#"{"result":{"rid":"x.y"}}"#, "HTTP/1.1 200 OK/\(json)|{\"rid\":\"x.y\"}"),
            (
                #"{"resource":{"rid":"test.model?a=b"}}"#,
                "HTTP/1.1 200 OK/Access-Control-Allow-Origin: */Location: /api/test/model%3Fa=b|"
            ),
            (
                #"{"error":{"code":"custom","message":"m","data":{"x":1}}}"#,
                "HTTP/1.1 400 Bad Request/\(json)|{\"code\":\"custom\",\"message\":\"m\",\"data\":{\"x\":1}}"
            ),
            (
                #"{"result":null,"meta":{"status":302,"header":{"location":["/x"]}}}"#,
                "HTTP/1.1 302 Found/Access-Control-Allow-Origin: */Location: /x|"
            ),
            (
                #"{"resource":{"rid":"test.model"},"meta":{"status":303}}"#,
                "HTTP/1.1 303 See Other/Access-Control-Allow-Origin: */Location: /api/test/model|"
            ),
            (
                #"{"result":null,"meta":{"status":200,"header":{"set-cookie":["a","b"],"content-type":["x"]}}}"#,
                "HTTP/1.1 204 No Content/Access-Control-Allow-Origin: */Set-Cookie: a/Set-Cookie: b|"
            ),
        ]
    )
    func outcomes(response: String, expected: String) throws {
        let gateway = try gateway(answer: { subject, _ in subject.hasPrefix("call.") ? response : nil })
        #expect(try gateway.request("POST", "/api/test/model/do", body: "{}") == expected)
    }

    @Test("a call of new with a legacy result is answered with the resource's path")
    func legacyNew() throws {
        let gateway = try gateway(answer: { subject, _ in
            subject.hasPrefix("call.") ? #"{"result":{"rid":"x.y"}}"# : nil
        })
        let answer = try gateway.request("POST", "/api/test/list/new")
        #expect(answer == "HTTP/1.1 200 OK/Access-Control-Allow-Origin: */Location: /api/x/y|")
    }

    @Test("a body that is no JSON is refused before anybody is asked, but behind method and path")
    func badBody() throws {
        let gateway = try gateway()
        let answer = try gateway.request("POST", "/api/test/model/set", body: "{")
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request/"))
        #expect(answer.contains(#"{"code":"system.badRequest","message":"Error decoding request body: "#))
        #expect(try gateway.request("POST", "/api/test", body: "{").hasPrefix("HTTP/1.1 404 "))
        #expect(try gateway.request("PUT", "/api/test", body: "{").hasPrefix("HTTP/1.1 405 "))
        #expect(try gateway.with { _, service in service.requests } == [])
    }

    @Test("PUT, DELETE and PATCH call what they are mapped to; a method that is not found is not allowed")
    func mapped() throws {
        let gateway = try gateway(
            {
                $0.putMethod = "put"
                $0.deleteMethod = "gone"
                $0.patchMethod = "set"
            },
            answer: { subject, _ in
                switch subject {
                case "call.test.model.put": #"{"result":"put"}"#
                case "call.test.model.set": #"{"result":"set"}"#
                case "call.test.model.gone": #"{"error":{"code":"system.methodNotFound","message":"x"}}"#
                default: nil
                }
            }
        )
        #expect(try gateway.request("PUT", "/api/test/model").hasSuffix("|\"put\""))
        #expect(try gateway.request("PATCH", "/api/test/model", body: "{}").hasSuffix("|\"set\""))
        #expect(
            try gateway.request("DELETE", "/api/test/model")
                == notAllowed(allow: "GET, HEAD, OPTIONS, POST, PUT, PATCH")
        )
    }

    @Test(
        "what access says is the answer",
        arguments: [
            (#"{"result":{"get":false}}"#, "401 Unauthorized", "accessDenied", "Access denied"),
            (#"{"error":{"code":"system.timeout","message":"t"}}"#, "404 Not Found", "timeout", "t"),
            (#"{"result":{"get":true},"meta":{"status":410}}"#, "410 Gone", "notFound", "Not found"),
            (
                #"{"error":{"code":"system.forbidden","message":"f"},"meta":{"status":451}}"#,
                "451 Unavailable For Legal Reasons", "forbidden", "f"
            ),
        ]
    )
    func access(response: String, line: String, code: String, message: String) throws {
        let gateway = try gateway(answer: { subject, _ in subject.hasPrefix("access.") ? response : nil })
        #expect(try gateway.request("GET", "/api/test/model") == error(line, code, message))
    }

    @Test("header fields of auth, access and call come together in the answer")
    func fields() throws {
        let gateway = try gateway(
            { $0.headerAuth = AuthenticationMethod("auth.header") },
            answer: { subject, _ in
                if subject.hasPrefix("auth.") {
                    return
                        #"{"result":null,"meta":{"header":{"A":["auth"],"B":["auth"],"Set-Cookie":["1"]}}}"#
                }
                if subject.hasPrefix("access.") {
                    return #"{"result":{"call":"*"},"meta":{"header":{"A":["access"],"Set-Cookie":["2"]}}}"#
                }
                return #"{"result":1,"meta":{"header":{"C":["call"],"Set-Cookie":["3"]}}}"#
            }
        )
        let answer = try gateway.request("POST", "/api/test/model/do")
        let expected = [
            "HTTP/1.1 200 OK", "Access-Control-Allow-Credentials: true", "Access-Control-Allow-Origin: *",
            "B: auth",
            "Set-Cookie: 1", "A: access", "Set-Cookie: 2", "C: call", "Set-Cookie: 3",
            "Content-Type: application/json; charset=utf-8|1",
        ]
        #expect(answer == expected.joined(separator: "/"))
    }

    @Test(
        "the method that authenticates is asked first, with the request's fields, and its token holds for what follows"
    )
    func headerAuth() throws {
        let gateway = try gateway({ $0.headerAuth = AuthenticationMethod("auth.header.login") })
        try gateway.with { _, service in
            service.answer = { subject, payload in
                guard subject == "auth.auth.header.login" else { return nil }
                let cid = try? JSONSlice(parsing: payload)["cid"]?.string
                service.emit("conn.\(cid ?? "").token", #"{"token":{"user":"x"}}"#)
                return #"{"error":{"code":"a","message":"an error alone does not matter"}}"#
            }
        }
        let answer = try gateway.request("GET", "/api/test/child?q=1", fields: "x-key: 1\r\nX-Key: 2\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK/Access-Control-Allow-Credentials: true/"))
        let requests = try gateway.with { _, service in service.requests }
        let auth = try #require(requests.first)
        #expect(auth.hasPrefix(#"auth.auth.header.login {"token":null,"params":null,"cid":""#))
        #expect(
            auth.contains(
                #"","isHttp":true,"header":{"X-Key":["1","2"]},"host":"a","remoteAddr":"127.0.0.1:"#
            )
        )
        #expect(auth.hasSuffix(#"","uri":"/api/test/child?q=1"}"#))
        #expect(requests.contains { $0.hasPrefix(#"access.test.child {"token":{"user":"x"},"#) })
    }

    @Test(
        "a status that the authenticating method sets is the answer, and nobody else is asked",
        arguments: [
            (
                #"{"result":null,"meta":{"status":401}}"#, "401 Unauthorized/",
                "|{\"code\":\"system.accessDenied\""
            ),
            (
                #"{"error":{"code":"x","message":"y"},"meta":{"status":500}}"#, "500 Internal",
                "|{\"code\":\"x\""
            ),
            (#"{"resource":{"rid":"a.b"},"meta":{"status":302}}"#, "302 Found/", "/Location: /api/a/b|"),
        ]
    )
    func directStatus(response: String, line: String, part: String) throws {
        let gateway = try gateway(
            { $0.headerAuth = AuthenticationMethod("auth.header") },
            answer: { subject, _ in subject.hasPrefix("auth.") ? response : nil }
        )
        let answer = try gateway.request("GET", "/api/test/child")
        #expect(answer.hasPrefix("HTTP/1.1 \(line)") && answer.contains(part))
        #expect(try gateway.with { _, service in service.requests.count } == 1)
    }

    @Test("a resource of auth does not become the place that access redirects to")
    func redirectByAccess() throws {
        let gateway = try gateway(
            { $0.headerAuth = AuthenticationMethod("auth.header") },
            answer: { subject, _ in
                if subject.hasPrefix("auth.") { return #"{"resource":{"rid":"a.b"}}"# }
                return #"{"result":{"get":true},"meta":{"status":302}}"#
            }
        )
        #expect(
            try gateway.request("GET", "/api/test/child")
                == "HTTP/1.1 302 Found/Access-Control-Allow-Credentials: true/Access-Control-Allow-Origin: *|"
        )
    }

    @Test("pages of other origins are refused, and told which would be allowed")
    func origins() throws {
        let gateway = try gateway({ $0.allowOrigin = "http://b.com;http://a.com" })
        let refused = try gateway.request("GET", "/api/test/child", fields: "Origin: http://c.com\r\n")
        #expect(
            refused
                == "HTTP/1.1 403 Forbidden/Access-Control-Allow-Origin: http://a.com/Vary: Origin/"
                + "Content-Type: application/json; charset=utf-8|{\"code\":\"system.forbidden\",\"message\":\"Forbidden origin\"}"
        )
        let allowed = try gateway.request("GET", "/api/test/child", fields: "Origin: http://b.com\r\n")
        #expect(allowed.hasPrefix("HTTP/1.1 200 OK/Access-Control-Allow-Origin: http://b.com/Vary: Origin/"))
    }

    @Test("OPTIONS is answered 200 below the prefix, also to origins that are refused; * too")
    func options() throws {
        let gateway = try gateway({
            $0.allowOrigin = "http://a.com"
            $0.patchMethod = "set"
        })
        #expect(
            try gateway.request(
                "OPTIONS",
                "/api/",
                fields: "Origin: http://b.com\r\nAccess-Control-Request-Headers: X-A\r\n"
            )
                == "HTTP/1.1 200 OK/Access-Control-Allow-Origin: http://a.com/Vary: Origin/"
                + "Access-Control-Allow-Methods: GET, HEAD, OPTIONS, POST, PATCH/Access-Control-Allow-Headers: X-A|"
        )
        #expect(try gateway.request("OPTIONS", "*") == "HTTP/1.1 200 OK|")
        #expect(try gateway.request("OPTIONS", "/").hasPrefix("HTTP/1.1 400 Bad Request/"))
    }

    @Test("what comes to the WebSocket's path and is no handshake is 400, from a refused origin 403")
    func badHandshakes() throws {
        let gateway = try gateway({ $0.allowOrigin = "http://a.com" })
        let text =
            "Content-Type: text/plain; charset=utf-8/Sec-Websocket-Version: 13/X-Content-Type-Options: nosniff|"
        #expect(try gateway.request("GET", "/") == "HTTP/1.1 400 Bad Request/\(text)Bad Request\n")
        let handshake =
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        #expect(
            try gateway.request("GET", "/", fields: handshake + "Origin: http://b.com\r\n")
                == "HTTP/1.1 403 Forbidden/\(text)Forbidden\n"
        )
        #expect(try gateway.request("GET", "/", fields: handshake).hasPrefix("HTTP/1.1 101 "))
    }

    @Test("the WebSocket's path wins over the prefix of resources when it is the very path")
    func webSocketPath() throws {
        let gateway = try gateway({ $0.wsPath = "/api/ws" })
        #expect(try gateway.request("GET", "/api/ws").hasPrefix("HTTP/1.1 400 "))
        #expect(try gateway.request("GET", "/api/ws/x").hasPrefix("HTTP/1.1 404 "))
    }

    @Test("a handshake is authenticated first where that is configured")
    func webSocketHeaderAuth() throws {
        let gateway = try gateway({ $0.wsHeaderAuth = AuthenticationMethod("auth.ws") })
        let handshake =
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: \(0)\r\n"
        let answers = [
            (
                #"{"result":null,"meta":{"status":403}}"#,
                "HTTP/1.1 403 Forbidden/Content-Type: application/json"
            ),
            (#"{"resource":{"rid":"a.b"},"meta":{"status":302}}"#, "HTTP/1.1 302 Found/Location: /api/a/b|"),
            (#"{"error":{"code":"x","message":"y"}}"#, "HTTP/1.1 101 Switching Protocols/"),
            (
                #"{"result":null,"meta":{"status":200,"header":{"set-cookie":["a"],"Sec-WebSocket-Protocol":["x"]}}}"#,
                "HTTP/1.1 101 Switching Protocols/"
            ),
        ]
        for (answer, expected) in answers {
            try gateway.with { _, service in
                service.answer = { subject, _ in subject.hasPrefix("auth.") ? answer : nil }
            }
            let response = try gateway.request("GET", "/", fields: handshake)
            #expect(response.hasPrefix(expected))
            if answer.contains("set-cookie") {
                #expect(response.contains("/Set-Cookie: a|") && !response.contains("Protocol: x"))
            }
        }
        let requests = try gateway.with { _, service in service.requests }
        #expect(requests.allSatisfy { $0.contains(#""isHttp":true,"header":{"Upgrade":["websocket"]"#) })
        #expect(requests.allSatisfy { $0.contains(#""Sec-Websocket-Key":["#) && !$0.contains(#""Host""#) })
    }

    @Test("settings that are not well-formed fail the start and say why")
    func invalidSettings() throws {
        let origin = #expect(throws: CORSPolicy.InvalidOrigins.self) {
            try gateway({ $0.allowOrigin = "example.com" })
        }
        #expect(origin?.description.contains("'example.com'") == true)
        let method = #expect(throws: HTTPMethodMapping.InvalidMethod.self) {
            try gateway({ $0.putMethod = "a.b" })
        }
        #expect(method?.description.contains("putMethod 'a.b'") == true)
    }

    @Test("a client that goes away while a service works leaves nothing behind")
    func abandons() throws {
        let gateway = try gateway()
        try gateway.with { _, service in service.answer = { _, _ in "timeout:\"60000\"" } }
        let client = try SocketClient(port: gateway.port)
        client.send("GET /api/test/model HTTP/1.1\r\nHost: a\r\n\r\n")
        while try gateway.with({ _, service in service.requests.isEmpty }) { continue }
        client.reset()
        #expect(try gateway.request("OPTIONS", "/api/").hasPrefix("HTTP/1.1 200 "))
    }
}
