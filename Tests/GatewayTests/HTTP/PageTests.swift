import NIOCore
import Testing
import WebServer

@testable import Gateway

/// Pages beside the resources, on a live gateway.
@Suite("pages of the gateway's port")
struct PageTests {
    private func gateway(pages: Bool = true) throws -> TestGateway {
        try TestGateway(["lib.m": #"{"a":1}"#]) { configuration in
            guard pages else { return }
            configuration.pages = { path in
                guard ["/", "/a b.txt", "/api/lib/m"].contains(path) else { return nil }
                let fields = [HTTPField("ETag", "\"1\""), HTTPField("Content-Type", "text/plain")]
                return HTTPResponse(200, fields: fields, body: .init(string: "page"))
            }
        }
    }

    private static let page = "HTTP/1.1 200 OK/ETag: \"1\"/Content-Type: text/plain|page"
    private static let known = "HTTP/1.1 304 Not Modified/ETag: \"1\"|"
    private static let html = "Accept: application/xml, Text/HTML ;q=0.9\r\n"

    @Test(
        "a page is given for GET, and at the path of WebSockets to clients that ask for one",
        arguments: [
            ("GET", "/", html, page), ("GET", "/a%20b.txt", "", page),
            ("GET", "/", html + "If-None-Match: \"0\", W/\"1\"\r\n", known),
            ("GET", "/a%20b.txt", "If-None-Match: *\r\n", known),
            ("GET", "/a%20b.txt", "If-None-Match: \"2\"\r\n", page),
        ]
    )
    func given(method: String, path: String, fields: String, expected: String) throws {
        #expect(try gateway().request(method, path, fields: fields) == expected)
    }

    @Test(
        "what is no request for a page is answered as without pages",
        arguments: [
            ("GET", "/", ""), ("GET", "/", "Accept: */*\r\n"), ("GET", "/", "Accept: text/htmlx\r\n"),
            ("POST", "/", html), ("GET", "/b", html), ("POST", "/a%20b.txt", ""),
            ("GET", "/api/lib/m", html), ("OPTIONS", "/a%20b.txt", ""),
        ]
    )
    func otherwise(method: String, path: String, fields: String) throws {
        let with = try gateway().request(method, path, fields: fields)
        #expect(try gateway(pages: false).request(method, path, fields: fields) == with)
    }

    @Test("HEAD gives the head of the page")
    func head() throws {
        #expect(try gateway().request("HEAD", "/a%20b.txt").hasPrefix("HTTP/1.1 200 OK/ETag: \"1\""))
    }

    @Test("a WebSocket is accepted at the path of a page")
    func webSocket() throws {
        let gateway = try gateway()
        let client = try gateway.connect()
        client.send(#"{"id":1,"method":"get.lib.m"}"#)
        #expect(client.receive() == #"text {"result":{"models":{"lib.m":{"a":1}}},"id":1}"#)
        try gateway.stop()
    }
}
