import Testing

@testable import Gateway
@testable import WebServer

@Suite("Resources of the server itself")
struct GuardedResourcesTests {
    private let local = GuardedResources(root: "$sys", reach: .local)
    private let open = GuardedResources(root: "$sys", reach: .open)

    @Test(
        "names below the root are guarded, and no others",
        arguments: [("$sys", true), ("$sys.chaos", true), ("$system", false), ("a.$sys", false), ("", false)]
    )
    func names(name: String, isGuarded: Bool) {
        #expect(local.contain(name) == isGuarded)
    }

    @Test(
        "this machine and its pages come in, other machines and pages of other sites do not",
        arguments: [
            ("127.0.0.1:5", "localhost:8080", nil, true), ("[::1]:5", "[::1]:8080", nil, true),
            ("127.0.0.1:5", "127.0.0.1:8080", "http://127.0.0.1:8080", true),
            ("127.0.0.1:5", "localhost:8080", "http://localhost:5173", true),
            ("127.0.0.1:5", "app.localhost", "http://app.localhost", true),
            ("10.0.0.7:5", "10.0.0.1:8080", nil, false), ("127.0.0.1:5", "rebound.example:8080", nil, false),
            ("127.0.0.1:5", "localhost:8080", "https://evil.example", false),
            ("127.0.0.1:5", "localhost:8080", "null", false), ("127.0.0.1:5", "", nil, false),
            ("127.0.0.1:5", "127.0.0.1.evil.example", nil, false),
            ("127.0.0.1:5", "localhost:8080", "http://localhost.evil.example", false),
        ] as [(String, String, String?, Bool)]
    )
    func local(address: String, host: String, origin: String?, isAdmitted: Bool) {
        #expect(local.admit(address: address, host: host, origin: origin, isForwarded: false) == isAdmitted)
        #expect(!local.admit(address: address, host: host, origin: origin, isForwarded: true))
    }

    @Test(
        "where it is open, everyone comes in but pages of other origins",
        arguments: [
            ("10.0.0.7:5", "db.example", nil, true), ("10.0.0.7:5", "db.example", "https://db.example", true),
            ("10.0.0.7:5", "db.example", "https://evil.example", false),
        ] as [(String, String, String?, Bool)]
    )
    func open(address: String, host: String, origin: String?, isAdmitted: Bool) {
        #expect(open.admit(address: address, host: host, origin: origin, isForwarded: false) == isAdmitted)
    }

    @Test(
        "a request's own delay is taken out of the query",
        arguments: [
            (nil, nil, nil, nil), ("a=1", nil, nil, "a=1"), ("_delay=5ms", nil, "5ms", nil),
            ("a=1&_delay=5ms&b=2", nil, "5ms", "a=1&b=2"), ("a=1", "7ms", "7ms", "a=1"),
            ("_delay=5ms", "7ms", "5ms", nil), ("x_delay=5", nil, nil, "x_delay=5"),
        ] as [(String?, String?, String?, String?)]
    )
    func delay(query: String?, field: String?, delay: String?, left: String?) {
        let fields = HTTPFields(field.map { [(name: "X-Resdev-Delay", value: $0)] } ?? [])
        var request = HTTPRequest(method: .get, target: "/", path: "/", query: query, fields: fields)
        #expect(request.asksForDelay == (delay != nil || left == "x_delay=5"))
        #expect(request.takeDelay() == delay)
        #expect(request.query == left)
    }
}
