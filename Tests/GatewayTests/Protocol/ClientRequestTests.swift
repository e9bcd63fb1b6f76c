import NIOCore
import RESProtocol
import Testing

@testable import Gateway

@Suite("Requests of clients")
struct ClientRequestTests {
    private func parse(_ text: String) -> ClientRequest? { ClientRequest(parsing: ByteBuffer(string: text)) }

    @Test(
        "is ignored without an answer",
        arguments: [
            "", "x", "[]", "null", #""a""#, "{}", #"{"id":1"#, #"{"method":"version"}"#,
            #"{"id":null,"method":"version"}"#,
            #"{"id":"1","method":"version"}"#, #"{"id":-1,"method":"version"}"#,
            #"{"id":1.0,"method":"version"}"#,
            #"{"id":1e2,"method":"version"}"#, #"{"id":18446744073709551616,"method":"version"}"#,
            #"{"id":1,"method":5}"#, #"{"id":1,"method":["version"]}"#, #"[{"id":1,"method":"version"}]"#,
        ]
    )
    func ignored(text: String) {
        #expect(parse(text) == nil)
    }

    @Test(
        "is read",
        arguments: [
            (#"{"id":1,"method":"version"}"#, 1, .version(nil)),
            (#"{"ID":2,"Method":"version","PARAMS":{"protocol":"1.2.3"}}"#, 2, .version("1.2.3")),
            (#"{"id":1,"method":"version","params":{"protocol":""}}"#, 1, .version(nil)),
            (#"{"id":1,"method":"version","params":null}"#, 1, .version(nil)),
            (#"{"id":1,"method":"version","params":{"protocol":5}}"#, 1, .invalid(.invalidParams)),
            (#"{"id":1,"method":"version","params":[]}"#, 1, .invalid(.invalidParams)),
            (#"{"id":18446744073709551615,"method":"get.a","x":{}}"#, UInt64.max, .get("a")),
            (#"{"id":1,"id":3,"method":"subscribe.a.b?q=c.d"}"#, 3, .subscribe("a.b?q=c.d")),
            (#"{"id":1,"method":"subscribe.a?"}"#, 1, .subscribe("a?")),
            (#"{"id":1,"method":"get.{cid}.b"}"#, 1, .get("{cid}.b")),
            (#"{"id":1,"method":"call.a.b?q=1.m"}"#, 1, .call("a.b?q=1", method: "m", params: nil)),
            (#"{"id":1,"method":"auth.a.m","params":5}"#, 1, .auth("a", method: "m", params: try? json("5"))),
            (#"{"id":1,"method":"unsubscribe.a","params":{"count":3}}"#, 1, .unsubscribe("a", count: 3)),
            (#"{"id":1,"method":"unsubscribe.a","params":{"count":1.5}}"#, 1, .invalid(.invalidParams)),
            (#"{"id":1,"method":"unsubscribe.a","params":[]}"#, 1, .invalid(.invalidParams)),
            (#"{"id":1,"method":"new.a","params":{"b":1}}"#, 1, .new("a", params: try? json(#"{"b":1}"#))),
            (#"{"id":1}"#, 1, .invalid(.invalidRequest)),
            (#"{"id":1,"method":null}"#, 1, .invalid(.invalidRequest)),
            (#"{"id":1,"method":"versions"}"#, 1, .invalid(.invalidRequest)),
            (#"{"id":1,"method":"version.a"}"#, 1, .invalid(.invalidRequest)),
            (#"{"id":1,"method":"subscribe."}"#, 1, .invalid(.invalidRequest)),
            (#"{"id":1,"method":"subscribe.a..b"}"#, 1, .invalid(.invalidRequest)),
            (#"{"id":1,"method":"subscribe.a.*"}"#, 1, .invalid(.invalidRequest)),
            (#"{"id":1,"method":"subscribe.a\u0020b"}"#, 1, .invalid(.invalidRequest)),
            (#"{"id":1,"method":"subscribe.é"}"#, 1, .invalid(.invalidRequest)),
            (#"{"id":1,"method":"subscribe.?q"}"#, 1, .invalid(.invalidRequest)),
            (#"{"id":1,"method":"call.a"}"#, 1, .invalid(.invalidRequest)),
            (#"{"id":1,"method":"call.a."}"#, 1, .invalid(.invalidRequest)),
            (#"{"id":1,"method":"call.a.b?c"}"#, 1, .invalid(.invalidRequest)),
        ] as [(String, UInt64, ClientRequest.Kind)]
    )
    func read(text: String, id: UInt64, kind: ClientRequest.Kind) {
        let request = parse(text)
        #expect(request?.id == id)
        #expect(request?.kind == kind)
    }

    @Test(
        "a version request sets the version or says what is wrong, and names the gateway's version",
        arguments: [
            ("1.2.3", nil), ("01.2.03", nil), ("+1.2.3", nil), ("1.999.999", nil), ("1.1.0", nil),
            ("2.0.0", "system.unsupportedProtocol"), ("0.9.9", "system.unsupportedProtocol"),
            ("1.2", "system.invalidParams"), ("1.2.3.4", "system.invalidParams"),
            ("1.2.1000", "system.invalidParams"),
            ("1.2.x", "system.invalidParams"), ("1.-2.3", "system.invalidParams"),
            ("1..3", "system.invalidParams"),
        ] as [(String, String?)]
    )
    func version(text: String, error: String?) {
        let world = World()
        let client = world.connect(version: nil)
        client.send("version", #"{"protocol":"\#(text)"}"#, id: 4)
        let answer = client.received().first
        if let error {
            #expect(answer?.contains(error) == true)
            #expect(client.session?.version == .assumed)
        } else {
            #expect(answer == #"{"result":{"protocol":"1.2.3"},"id":4}"#)
        }
    }

    @Test("random bytes are never a trap, and rarely a request")
    func random() {
        var generator = SplitMix(state: 7)
        let seed = Array(
            #"{"id":1,"method":"call.a.b?q=1.m","params":{"count":1,"x":["\u00e9\ud83d\ude00"]}}"#.utf8
        )
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                }
            }
            _ = ClientRequest(parsing: ByteBuffer(bytes: bytes))
        }
    }
}
