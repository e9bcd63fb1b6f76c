import Logging
import Testing

@testable import resdev

@Suite("Banner")
struct BannerTests {
    private static func banner(tables: Int) -> Banner {
        var banner = Banner()
        banner.databases = ["library from library.sql, in memory"]
        banner.http = "http://127.0.0.1:8080"
        banner.webSocket = "ws://127.0.0.1:8080/"
        banner.nats = "nats://127.0.0.1:4222"
        banner.tables = (0..<tables).map { .init(resource: "library.t\($0)", size: "\($0 * 50) rows") }
        banner.remarks = ["HTTP on port 8081, since 8080 is taken by python3 (pid 7)"]
        return banner
    }

    @Test("every table has a line with its rows and its URL")
    func tables() {
        #expect(
            BannerTests.banner(tables: 2).lines(inColour: false) == [
                "resdev \(resdevVersion)  library from library.sql, in memory",
                "  HTTP http://127.0.0.1:8080  WebSocket ws://127.0.0.1:8080/  NATS nats://127.0.0.1:4222",
                "  http://127.0.0.1:8080/api/library/t0   0 rows",
                "  http://127.0.0.1:8080/api/library/t1  50 rows",
                "  HTTP on port 8081, since 8080 is taken by python3 (pid 7)",
                "  try  curl 'http://127.0.0.1:8080/api/library/t0?limit=3'",
                "       nats -s nats://127.0.0.1:4222 sub 'event.library.>'",
            ]
        )
    }

    @Test("however many tables there are, the banner has at most twelve lines", arguments: [0, 6, 7, 500])
    func lineLimit(tables: Int) {
        let lines = BannerTests.banner(tables: tables).lines(inColour: false)
        #expect(lines.count <= Banner.maximumLines)
        #expect(lines.contains { $0.hasPrefix("  http://127.0.0.1:8080/api/library  ") } == (tables > 7))
    }

    @Test("escape sequences stand in it only where colour is shown")
    func colour() {
        let escape = "\u{1b}["
        #expect(!BannerTests.banner(tables: 3).lines(inColour: false).joined().contains(escape))
        #expect(BannerTests.banner(tables: 3).lines(inColour: true).joined().contains(escape))
    }

    @Test("a broker alone has nothing but its URL to show")
    func brokerAlone() {
        var banner = Banner()
        banner.nats = "nats://127.0.0.1:4222"
        #expect(
            banner.lines(inColour: false) == [
                "resdev \(resdevVersion)", "  NATS nats://127.0.0.1:4222",
            ]
        )
    }
}

@Suite("Ready file and log lines")
struct ReadyFileTests {
    @Test("the file names the roles that run")
    func roles() {
        let all = ServerAddresses(http: "http://h:1", webSocket: "ws://h:1/", nats: "nats://h:2")
        #expect(
            ReadyFile.text(all) == #"{"http": "http://h:1", "ws": "ws://h:1/", "nats": "nats://h:2"}"# + "\n"
        )
        #expect(ReadyFile.text(ServerAddresses(nats: "nats://h:2")) == #"{"nats": "nats://h:2"}"# + "\n")
    }

    @Test("a record is one line, for people and for programs")
    func logLines() {
        let time = LogTime(seconds: 1_735_689_599, milliseconds: 7)
        let fields = [(name: "cid", value: "a\"b"), (name: "n", value: "1")]
        #expect(LogLine.text(.warning, "slow", fields, at: time) == "23:59:59.007 WRN slow  cid=a\"b n=1\n")
        let json =
            #"{"time":"2024-12-31T23:59:59.007Z","level":"info","logger":"resdev","message":"two\nlines","cid":"a\"b","n":"1"}"#
        #expect(LogLine.json(.info, "resdev", "two\nlines", fields, at: time) == json + "\n")
    }
}

@Suite("Ports and sources")
struct CompositionTests {
    private static let table = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 x
           1: 0100007F:1F91 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 x
        """

    @Test("the owner of a port is who listens there, not who is connected")
    func listeningInode() {
        #expect(PortOwner.listeningInode(port: 8080, table: CompositionTests.table) == "4711")
        #expect(PortOwner.listeningInode(port: 8081, table: CompositionTests.table) == nil)
        #expect(PortOwner.listeningInode(port: 8080, table: "") == nil)
    }

    @Test(
        "a service is named after its file",
        arguments: [
            ("library.db", "library"), ("/a/b/my.books.sqlite", "my.books"), ("./x", "x"),
            (".hidden", ".hidden"),
        ]
    )
    func serviceNames(path: String, name: String) {
        #expect(ServerPlan.Source(path: path, databaseFile: nil, name: nil).serviceName == name)
        #expect(ServerPlan.Source(path: path, databaseFile: nil, name: "n").serviceName == "n")
    }
}
