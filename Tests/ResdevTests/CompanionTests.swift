import Glibc
import Testing

@testable import resdev

@Suite("Commands beside the server")
struct CompanionTests {
    @Test(
        "without a command's name it is serve, and words behind -- are a command",
        arguments: [
            ([], ["serve"]),
            (["--port", "0"], ["serve", "--port", "0"]),
            (["--", "npm", "run", "dev"], ["serve", "--beside=npm", "--beside=run", "--beside=dev"]),
            (
                ["serve", "x.db", "--", "a", "--", "-b"],
                ["serve", "x.db", "--beside=a", "--beside=--", "--beside=-b"]
            ),
            (["record", "r.jsonl", "--", "a"], ["record", "r.jsonl", "--beside=a"]),
            (["get", "--", "-x"], ["get", "--", "-x"]),
            (["--help"], ["--help"]), (["-h"], ["-h"]), (["--version"], ["--version"]),
            (["serv", "x.db"], ["serv", "x.db"]),
        ]
    )
    func arguments(given: [String], completed: [String]) {
        #expect(ResdevCommand.completed(given) == completed)
    }

    @Test("its environment is the server's, with addresses that go before")
    func environment() {
        var addresses = ServerAddresses()
        addresses.http = "http://127.0.0.1:1"
        addresses.webSocket = "ws://127.0.0.1:1/"
        let own = CompanionCommand.environment(addresses, nats: "nats://far:4222")
        #expect(
            CompanionCommand.merge(["PATH=/bin", "NATS_URL=x", "RES_URLS=kept", "EMPTY="], own) == [
                "PATH=/bin", "RES_URLS=kept", "EMPTY=", "RES_URL=ws://127.0.0.1:1/",
                "RES_HTTP_URL=http://127.0.0.1:1", "NATS_URL=nats://far:4222",
            ]
        )
        addresses.nats = "nats://127.0.0.1:2"
        #expect(CompanionCommand.environment(addresses, nats: nil).last?.value == "nats://127.0.0.1:2")
    }

    @Test(
        "how a process ended is told as a shell does",
        arguments: [(0, 0), (0x0300, 3), (9, 137), (0x8b, 139)]
    )
    func status(wait: Int32, status: Int32) {
        #expect(CompanionCommand.exitStatus(ofWait: wait) == status)
    }

    @Test("a process's line tells its state and group, whatever its name is")
    func line() {
        #expect(ProcessGroup.parse("12 (a) b) S 1 34 5 0 -1")?.group == 34)
        #expect(ProcessGroup.parse("12 (sh) Z 1 34 5")?.state == "Z")
        #expect(ProcessGroup.parse("12 (sh") == nil)
        #expect(ProcessGroup.parse("12 (sh) Z x y") == nil)
        #expect(ProcessGroup.isAlive(getpgrp()))
    }
}

@Suite("Keys of the terminal")
struct HotKeyTests {
    private func actions(_ text: String) -> [HotKeys.Action?] {
        var keys = HotKeys()
        return HotKeys.keys(of: Array(text.utf8)).map { keys.pressed($0) }
    }

    @Test("each key has its meaning, and others have none")
    func meanings() {
        #expect(actions("h?oldq\n") == [.help, .help, .open, .latency, .drop, .quit, .line])
        #expect(actions("xH\u{4}") == [nil, nil, nil])
        #expect(actions("\u{1b}[A").isEmpty)
    }

    @Test("data is reset by the same key twice in a row")
    func reset() {
        #expect(actions("rrr") == [.askReset, .reset, .askReset])
        #expect(actions("rhr") == [.askReset, .help, .askReset])
        #expect(actions("rxr") == [.askReset, nil, .askReset])
    }
}
