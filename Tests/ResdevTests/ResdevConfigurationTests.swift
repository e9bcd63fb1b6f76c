import ArgumentParser
import EmbeddedBroker
import Gateway
import RESProtocol
import Store
import Testing

@testable import resdev

@Suite("resdev.conf")
struct ResdevConfigurationTests {
    private func read(_ text: String) throws -> ResdevConfiguration {
        let surroundings = ConfigurationParser.Surroundings(
            read: { path throws(TextFile.Failure) in try TextFile.read(path, maximumSize: 1024) },
            environment: { _ in nil }
        )
        let map = try ConfigurationParser.parse(text, file: "/etc/resdev.conf", surroundings: surroundings)
        return try ResdevConfiguration(reading: map, path: "/etc/resdev.conf")
    }

    @Test("every field is read")
    func everything() throws {
        let configuration = try read(
            """
            addr: 0.0.0.0, port: 80, nats_port: 4333, strict_port: yes, log: json, log_level: debug
            ready_file: run/ready.json
            nats: ["nats://a:4222", "nats://b:4222"]
            broker { max_payload: 2MB }
            gateway { apiPath: "/rest/", headerAuth: "auth.service.login" }
            databases {
              library {
                file: data/library.db, name: lib, wal: true, read_only: false, durability: normal, links: hard, generic: off
                limits {
                  default_limit: 10, limit: 20, query_length: 1000, filters: 3, values: 4, pending: 5, group: 6, batch: 7
                  changes: 8, busy_time: "250ms", read_time: 1
                }
                get: true, list: "1", call: [set], reads: [members]
                tables {
                  books { hide: [isbn], links: none, default_limit: 5, limit: 6, get: false, call { new: "1", "*": true } }
                  v { key: [a, b], list: false }
                  secret { hidden: true }
                }
                sql {
                  top: "SELECT 1"
                  year { sql: "SELECT :y, :z", parameters { y: integer, z { type: text, optional: true } }, get: "0", call: false }
                }
                auth {
                  table: users, user: email, password: hash, claims: [role], lifetime: "2h", algorithm: EdDSA
                  key_file: keys/jwt, attempts: 9, window: "5m"
                }
              }
              other: /var/other.db
            }
            """
        )
        #expect(configuration.addr == "0.0.0.0")
        #expect([configuration.port, configuration.natsPort] == [80, 4333])
        #expect(configuration.nats == "nats://a:4222,nats://b:4222")
        #expect(configuration.readyFile == "/etc/run/ready.json")
        #expect(configuration.gateway?.apiPath == "/rest/")
        let library = configuration.databases[0]
        #expect([library.path, library.name] == ["/etc/data/library.db", "lib"])
        #expect(library.convertsToWAL && !library.isReadOnly && library.durability == .normal)
        #expect(library.links == .hard && library.genericResources == .off)
        #expect(library.queries.defaultLimit == 10 && library.queries.maximumLimit == 20)
        #expect(library.maximumPending == 5 && library.maximumGroup == 6 && library.maximumBatch == 7)
        #expect(library.maximumChanges == 8 && library.busyTimeout == 250 && library.readTime == 1000)
        #expect(library.tables["books"]?.hiddenColumns == ["isbn"])
        #expect(library.tables["v"]?.key == ["a", "b"])
        #expect(library.tables["secret"]?.isHidden == true)
        // What passwords hash to is never served.
        #expect(library.tables["users"]?.hiddenColumns == ["hash"])
        #expect(library.access.readable == ["members"])
        #expect(library.access.tables["books"]?.access.get == .closed)
        #expect(library.access.namedSQL["year"]?.access.call == CallRules(others: .closed))
        #expect(library.namedSQL.map(\.name) == ["top", "year"])
        #expect(library.authentication?.key == .file("/etc/keys/jwt"))
        #expect(library.authentication?.lifetime == 7200)
        #expect(library.authentication?.attempts.count == 9)
        #expect(configuration.databases[1].path == "/var/other.db")
    }

    @Test(
        "what is wrong is told with its place, and what is meant",
        arguments: [
            ("prot: 80", #"/etc/resdev.conf:1:1: unknown field "prot"; did you mean "port"?"#),
            (
                "port: 65536",
                "/etc/resdev.conf:1:7: expected a whole number from 0 to 65535, found the number 65536"
            ),
            ("log: xml", "/etc/resdev.conf:1:6: expected one of text, json, found the string \"xml\""),
            (
                "databases { a { fil: x } }",
                #"/etc/resdev.conf:1:17: unknown field "fil"; did you mean "file"?"#
            ),
            ("databases { a { wal: true } }", #"/etc/resdev.conf:1:15: the database a has no "file""#),
            (
                "databases { a: a.db, b { file: b.db, name: a } }",
                "/etc/resdev.conf:1:22: another database is called a already"
            ),
            (
                "databases { a { file: a, links: loose } }",
                "/etc/resdev.conf:1:33: expected one of hard, none, soft, found the string \"loose\""
            ),
            (
                "databases { a { file: a, get: 1 } }",
                "/etc/resdev.conf:1:31: expected true, false, or an SQL expression in quotes, found the number 1"
            ),
            (
                "databases { a { file: a, get: 'x = :tok' } }",
                "/etc/resdev.conf:1:36: there is no parameter :tok in rules, only :token.NAME, :params.NAME and :method"
            ),
            (
                "databases { a { file: a, limits { limit: 5 } } }",
                "/etc/resdev.conf:1:33: default_limit 100 is above limit 5"
            ),
            (
                "databases { a { file: a, auth { table: t } } }",
                "/etc/resdev.conf:1:31: auth has no \"user\"; it needs table, user and password: the table of users, and its columns"
            ),
            (
                "databases { a { file: a, auth { table: t, user: u, password: p, key: k, key_file: f } } }",
                "/etc/resdev.conf:1:73: auth takes key or key_file, and not both"
            ),
        ]
    )
    func mistakes(text: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try read(text) }
        #expect(error?.description == message)
    }

    @Test("the difference is told field by field, and secrets are not")
    func difference() throws {
        func map(_ text: String) throws -> ConfigurationMap { try #require(try read(text).file?.map) }
        let old = try map(
            "port: 1, databases { a { file: a.db, get: true, auth { table: t, user: u, password: p, key: one } } }"
        )
        let new = try map(
            "databases { a { file: a.db, get: \"1\", list: false, auth { table: t, user: u, password: q, key: two } } }"
        )
        #expect(
            ConfigurationDifference.lines(from: old, to: new).map(\.line) == [
                "databases.a.auth.key has changed", "databases.a.auth.password: p → q",
                "databases.a.get: true → 1",
                "databases.a.list: false", "port is gone",
            ]
        )
        #expect(ConfigurationDifference.lines(from: old, to: old).isEmpty)
        #expect(ConfigurationReload.needsRestart("port"))
        #expect(ConfigurationReload.needsRestart("databases.a.file"))
        #expect(!ConfigurationReload.needsRestart("databases.a.tables.books.get"))
    }

    @Test("the reference has the fields that are read, and no others")
    func reference() {
        func names(_ fields: [ConfigurationReference.Field]) -> [String] { fields.map(\.path).sorted() }
        #expect(names(ConfigurationReference.server) == ResdevConfiguration.fieldNames.sorted())
        #expect(names(ConfigurationReference.database) == StoreConfiguration.fieldNames.sorted())
        #expect(names(ConfigurationReference.limits) == StoreConfiguration.limitNames.sorted())
        #expect(names(ConfigurationReference.table) == StoreConfiguration.tableFieldNames.sorted())
        #expect(names(ConfigurationReference.sql) == StoreConfiguration.sqlFieldNames.sorted())
        #expect(names(ConfigurationReference.auth) == AuthenticationConfiguration.fieldNames.sorted())
    }

    @Test("docs/configuration.md has every field, and every option of serve and store that --help has")
    func documentation() throws {
        let root = #filePath.components(before: "/Tests/")
        let page = try TextFile.read(root + "/docs/configuration.md", maximumSize: 1 << 20)
        for group in ConfigurationReference.groups {
            for row in ConfigurationReference.rows(group.fields) {
                #expect(page.contains(row + "\n"), "docs/configuration.md has no line\n\(row)")
            }
        }
        let fields = ConfigurationReference.groups.flatMap(\.fields)
        let rows = page.split(separator: "\n").filter {
            $0.hasPrefix("| `") && !$0.hasPrefix("| `--") && !$0.hasPrefix("| `auth.NAME")
        }
        #expect(rows.count == fields.count)
        for command in [ServeCommand.self, StoreCommand.self, CheckCommand.self] as [any ParsableCommand.Type]
        {
            let help = ResdevCommand.helpMessage(for: command)
            let options = Set(help.split { !($0.isLetter || $0 == "-") }.filter { $0.hasPrefix("--") })
            for option in options where option.count > 3 {
                #expect(
                    page.contains("`\(option)`") || page.contains("`\(option) "),
                    "docs/configuration.md has no \(option)"
                )
            }
        }
    }
}

extension ResdevConfigurationTests {
    @Test("docs/configuration.md has every key of the gateway's and the broker's block, and no other")
    func blocks() throws {
        let root = #filePath.components(before: "/Tests/")
        let page = try TextFile.read(root + "/docs/configuration.md", maximumSize: 1 << 20)
        let gateway = try #require(page.section("## The gateway: `gateway`"))
        let known = Set(GatewayConfiguration.memberNames)
        #expect(
            Set(gateway.codeSpans.map { $0.lowercased() }).subtracting([
                "resdev serve", "resdev gateway --config", "json", "jsonflat", "*",
            ]) == known
        )
        let broker = try #require(page.section("## The broker: `broker`"))
        #expect(
            Set(broker.codeSpans).subtracting(["resdev broker --config"])
                == BrokerConfiguration.fieldNames
        )
    }
}

extension String {
    /// What stands below a heading, up to the next one.
    fileprivate func section(_ heading: String) -> Substring? {
        guard let start = firstRange(of: heading + "\n")?.upperBound else { return nil }
        return self[start...].firstRange(of: "\n## ").map { self[start..<$0.lowerBound] } ?? self[start...]
    }
}

extension Substring {
    /// The texts between backquotes.
    fileprivate var codeSpans: [String] {
        split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
    }
}

extension String {
    /// What stands before a part of it.
    fileprivate func components(before part: String) -> String {
        var rest = self[...]
        while !rest.isEmpty, !rest.hasPrefix(part) { rest = rest.dropFirst() }
        return String(self[..<rest.startIndex])
    }
}
