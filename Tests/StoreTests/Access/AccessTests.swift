import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

/// Rules as they stand in a file called `resdev.conf`, on line 1.
func rule(_ sql: String, column: Int = 1) -> AccessRule {
    .expression(RuleText(sql, at: ConfigurationPosition(file: "resdev.conf", line: 1, column: column)))
}

let anywhere = ConfigurationPosition(file: "resdev.conf", line: 1, column: 1)

@Suite("Access rules")
struct AccessTests {
    static let script = """
        CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, role TEXT);
        CREATE TABLE notes (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES users, public INTEGER NOT NULL DEFAULT 0,
            kind TEXT COLLATE NOCASE, text TEXT);
        CREATE TABLE members (note INTEGER, user INTEGER, PRIMARY KEY (note, user)) WITHOUT ROWID;
        INSERT INTO users VALUES (7, 'ada', 'author'), (8, 'bob', 'admin');
        INSERT INTO notes VALUES (1, 7, 0, 'a', 'mine'), (2, 8, 0, 'a', 'yours'), (3, 8, 1, 'b', 'ours');
        INSERT INTO members VALUES (2, 7);
        """
    static let ada = #"{"sub":7,"role":"author"}"#
    static let bob = #"{"sub":8,"role":"admin"}"#

    static func store(
        _ notes: ResourceAccess,
        defaults: ResourceAccess = ResourceAccess(),
        readable: Set<String> = [],
        isFile: Bool = false
    ) throws -> StoreFixture {
        try StoreFixture(script, isFile: isFile) { configuration in
            configuration.access.tables["notes"] = .init(notes, at: anywhere)
            configuration.access.defaults = defaults
            configuration.access.readable = readable
        }
    }

    @Test("without rules everything is open")
    func open() throws {
        let store = try StoreFixture(Self.script)
        #expect(store.access("library.notes.1", "null") == #"{"get":true,"call":"*"}"#)
    }

    @Test(
        "a rule over the row decides for each row",
        arguments: [
            ("library.notes.1", ada, true), ("library.notes.2", ada, false), ("library.notes.3", ada, true),
            ("library.notes.1", bob, false), ("library.notes.1", "null", false),
            ("library.notes.3", "null", true),
            ("library.notes.99", ada, false), ("library.users.7", "null", true),
        ]
    )
    func rows(resource: String, token: String, mayGet: Bool) throws {
        let store = try Self.store(ResourceAccess(get: rule("owner = :token.sub OR public")))
        #expect(store.access(resource, token).hasPrefix("{\"get\":\(mayGet)"))
    }

    @Test(
        "a collection is open when the query makes the rule true for whatever is in it",
        arguments: [
            ("library.notes?owner=7", "owner = :token.sub", true),
            ("library.notes?owner=8", "owner = :token.sub", false),
            ("library.notes", "owner = :token.sub", false),
            ("library.notes?owner__gt=6", "owner = :token.sub", false),
            ("library.notes?owner=7&sort=-text", "owner = :token.sub OR public", true),
            ("library.notes?public=1", "owner = :token.sub OR public", true),
            ("library.users.7.notes", "owner = :token.sub", true),
            ("library.users.8.notes", "owner = :token.sub", false),
            ("library.notes.$count?owner=7", "owner = :token.sub", true),
            ("library.notes.$count", "owner = :token.sub", false),
            // What is not fixed must not be taken as NULL by what asks for NULL.
            ("library.notes?owner=7", "text IS NULL", false),
            ("library.notes?owner=7", "coalesce(text, '') = '' OR owner = :token.sub", false),
            ("library.notes?owner=7&text=mine", "coalesce(text, '') = '' OR owner = :token.sub", true),
            // A collation makes different values equal.
            ("library.notes?kind=a", "kind = 'a'", false),
            ("library.notes", ":token.role = 'author'", true),
            ("library.notes", ":token.role IS NOT NULL AND :token.sub NOTNULL", true),
            ("library.notes", ":token IS NOT NULL AND (owner = :token.sub OR :token.role = 'author')", true),
            ("library.notes", "'author' IN (SELECT value FROM json_each('[\"author\"]'))", true),
        ]
    )
    func collections(resource: String, sql: String, mayGet: Bool) throws {
        let store = try Self.store(ResourceAccess(get: rule(sql)))
        #expect(store.access(resource, Self.ada).hasPrefix("{\"get\":\(mayGet)"), "\(resource): \(sql)")
    }

    @Test("what is sent along with a row has to be open as well")
    func expansion() throws {
        let store = try Self.store(ResourceAccess(get: .closed))
        #expect(store.access("library.users.7", "null").hasPrefix(#"{"get":true"#))
        #expect(store.access("library.users.7?expand=notes", "null").hasPrefix(#"{"get":false"#))
        #expect(store.access("library.users?expand=notes", "null").hasPrefix(#"{"get":false"#))
        let open = try Self.store(ResourceAccess(call: CallRules(others: .closed)))
        #expect(open.access("library.users?expand=notes", "null").hasPrefix(#"{"get":true"#))
    }

    @Test("methods are granted by name, and by expression for each")
    func methods() throws {
        let call = CallRules(["set": rule("owner = :token.sub"), "delete": .closed], others: .open)
        let store = try Self.store(ResourceAccess(call: call))
        #expect(store.access("library.notes.1", Self.ada) == #"{"get":true,"call":"increment,put,set"}"#)
        #expect(store.access("library.notes.2", Self.ada) == #"{"get":true,"call":"increment,put"}"#)
        let byMethod = try Self.store(
            ResourceAccess(call: CallRules(others: rule(":method = 'set' AND :token.role = 'admin'")))
        )
        #expect(byMethod.access("library.notes.1", Self.bob) == #"{"get":true,"call":"set"}"#)
        #expect(byMethod.access("library.notes.1", Self.ada) == #"{"get":true}"#)
        #expect(byMethod.access("library", Self.ada) == #"{"get":true,"call":"batch,users,members"}"#)
    }

    @Test("a call is checked where it takes effect: the row before, and the row after")
    func calls() throws {
        let store = try Self.store(ResourceAccess(call: CallRules(others: rule("owner = :token.sub"))))
        let denied = "system.accessDenied: Access denied"
        #expect(store.error(store.call("library.notes.2.set", #"{"text":"x"}"#, token: Self.ada)) == denied)
        #expect(store.error(store.call("library.notes.1.set", #"{"text":"x"}"#, token: Self.ada)) == nil)
        // A row cannot be given away.
        #expect(store.error(store.call("library.notes.1.set", #"{"owner":8}"#, token: Self.ada)) == denied)
        #expect(store.get("library.notes.1").contains(#""owner":7"#))
        #expect(store.error(store.call("library.notes.new", #"{"owner":8}"#, token: Self.ada)) == denied)
        #expect(store.error(store.call("library.notes.new", #"{"owner":7}"#, token: Self.ada)) == nil)
        #expect(store.error(store.call("library.notes", #"{"owner":8}"#, token: Self.ada)) == denied)
        #expect(store.error(store.call("library.users.8.notes.new", "{}", token: Self.ada)) == denied)
        #expect(store.error(store.call("library.users.7.notes.new", "{}", token: Self.ada)) == nil)
        #expect(store.error(store.call("library.notes.50.put", #"{"owner":8}"#, token: Self.ada)) == denied)
        #expect(store.error(store.call("library.notes.50.put", #"{"owner":7}"#, token: Self.ada)) == nil)
        #expect(store.error(store.call("library.notes.2.delete", token: Self.ada)) == denied)
        #expect(store.error(store.call("library.notes.2.set", #"{"text":"x"}"#)) == denied)
        let batch =
            #"[{"rid":"library.notes","method":"new","params":{"owner":7}},{"rid":"library.notes.2","method":"delete"}]"#
        #expect(
            store.error(store.call("library.batch", batch, token: Self.ada))
                == "system.accessDenied: Call 1: Access denied"
        )
        #expect(store.get("library.notes.2").contains("yours"))
    }

    @Test("who may make no row makes none by put either")
    func putOfNoRow() throws {
        let call = CallRules(["new": rule("owner = :token.sub AND text = 'new'")], others: .open)
        let store = try Self.store(ResourceAccess(call: call))
        let denied = "system.accessDenied: Access denied"
        #expect(
            store.error(store.call("library.notes.9.put", #"{"owner":7,"text":"x"}"#, token: Self.ada))
                == denied
        )
        #expect(
            store.error(store.call("library.notes.9.put", #"{"owner":7,"text":"new"}"#, token: Self.ada))
                == nil
        )
        #expect(
            store.error(store.call("library.notes.9.put", #"{"owner":7,"text":"x"}"#, token: Self.ada)) == nil
        )
        let closed = try Self.store(ResourceAccess(call: CallRules(["new": .closed], others: .open)))
        #expect(closed.error(closed.call("library.notes.9.put", #"{"owner":7}"#, token: Self.ada)) == denied)
    }

    @Test("the list of live queries is closed where there are rules, unless it is said who may see it")
    func live() throws {
        let store = try Self.store(ResourceAccess(get: .closed))
        #expect(store.access("library.$live", Self.ada).hasPrefix(#"{"get":false"#))
        #expect(store.access("library.$schema", Self.ada).hasPrefix(#"{"get":true"#))
        let open = try Self.store(ResourceAccess(get: .closed), defaults: ResourceAccess(get: .open))
        #expect(open.access("library.$live", Self.ada).hasPrefix(#"{"get":false"#))
        let all = try Self.store(
            ResourceAccess(call: CallRules(others: .closed)),
            defaults: ResourceAccess(get: .open)
        )
        #expect(all.access("library.$live", Self.ada).hasPrefix(#"{"get":true"#))
        let said = try Self.store(
            ResourceAccess(get: .closed),
            defaults: ResourceAccess(get: rule(":token.role = 'admin'"))
        )
        #expect(said.access("library.$live", Self.ada).hasPrefix(#"{"get":false"#))
        #expect(said.access("library.$live", Self.bob).hasPrefix(#"{"get":true"#))
    }

    @Test("a rule may ask about the parameters of the call")
    func parameters() throws {
        let sql = "owner = :token.sub AND coalesce(length(:params.text), 0) < 5"
        let store = try Self.store(ResourceAccess(call: CallRules(["set": rule(sql)], others: .closed)))
        #expect(store.access("library.notes.1", Self.ada) == #"{"get":true,"call":"set"}"#)
        #expect(store.error(store.call("library.notes.1.set", #"{"text":"four"}"#, token: Self.ada)) == nil)
        #expect(store.error(store.call("library.notes.1.set", #"{"text":"five!"}"#, token: Self.ada)) != nil)
    }

    @Test("who may read a row is asked anew, before the row's change is told")
    func reaccess() throws {
        let store = try Self.store(ResourceAccess(get: rule("owner = :token.sub")))
        #expect(
            store.call("library.notes.1.set", #"{"owner":8}"#).map { $0.split(separator: " ")[0] }
                == ["event.library.notes.1.reaccess", "event.library.notes.1.change", "reply"]
        )
        #expect(
            store.call("library.notes.1.set", #"{"text":"new"}"#).map { $0.split(separator: " ")[0] }
                == ["event.library.notes.1.change", "reply"]
        )
    }

    @Test("a rule may read another table where that is asked for, and follows it")
    func otherTables() throws {
        let sql =
            "owner = :token.sub OR EXISTS (SELECT 1 FROM members WHERE note = notes.id AND user = :token.sub)"
        let store = try Self.store(ResourceAccess(get: rule(sql)), readable: ["members"])
        #expect(store.access("library.notes.2", Self.ada).hasPrefix(#"{"get":true"#))
        let lines = store.call("library.members.2,7.delete")
        #expect(lines.first == #"system.reset {"resources":[],"access":["library.notes","library.notes.>"]}"#)
        #expect(store.access("library.notes.2", Self.ada).hasPrefix(#"{"get":false"#))
    }

    @Test("other processes' commits have access asked for anew")
    func outside() throws {
        let store = try Self.store(ResourceAccess(get: rule("owner = :token.sub")), isFile: true)
        try store.outside("UPDATE notes SET owner = 8")
        #expect(
            store.tick().first
                == #"system.reset {"resources":[],"access":["library.notes","library.notes.>"]}"#
        )
    }

    @Test("when the schema loses what a rule needs, what it guards is closed")
    func schemaChange() throws {
        let store = try Self.store(ResourceAccess(get: rule("public")), isFile: true)
        try store.outside("ALTER TABLE notes RENAME COLUMN public TO open")
        _ = store.tick()
        #expect(store.access("library.notes.3", "null").hasPrefix(#"{"get":false"#))
        try store.outside("ALTER TABLE notes RENAME COLUMN open TO public")
        _ = store.tick()
        #expect(store.access("library.notes.3", "null").hasPrefix(#"{"get":true"#))
    }

    @Test(
        "what is wrong with a rule is told with its place",
        arguments: [
            ("ownr = 1", "resdev.conf:1:11: no such column: ownr; did you mean owner?"),
            (
                "owner = :token.sub AND ownr = 1",
                "resdev.conf:1:34: no such column: ownr; did you mean owner?"
            ),
            ("owner =", "resdev.conf:1:18: the expression is not complete"),
            (
                "owner = :tokn.sub",
                "resdev.conf:1:19: there is no parameter :tokn.sub in rules, only :token.NAME, "
                    + ":params.NAME and :method; did you mean :token?"
            ),
            ("owner = ?", "resdev.conf:1:19: parameters of rules are :token.NAME, :params.NAME and :method"),
            ("1; DROP TABLE notes", "resdev.conf:1:12: a rule is one expression, without ';'"),
            ("1) FROM users; --", "resdev.conf:1:12: a closing bracket too many"),
            ("(1", "resdev.conf:1:11: a bracket that is not closed"),
            ("'a", "resdev.conf:1:11: a text without its closing quote"),
            (
                "EXISTS (SELECT 1 FROM users)",
                "resdev.conf:1:11: a rule reads its own table only; to let it read users, name it in 'reads'"
            ),
            (
                "EXISTS (SELECT 1 FROM notes AS n JOIN users USING (id))",
                "resdev.conf:1:11: a rule reads its own table only; to let it read users, name it in 'reads'"
            ),
            (
                "(SELECT sql FROM sqlite_schema) = 1",
                "resdev.conf:1:11: a rule reads its own table only; to let it read sqlite_master, name it in 'reads'"
            ),
        ]
    )
    func mistakes(sql: String, message: String) throws {
        let error = #expect(throws: StoreError.self) {
            try Self.store(ResourceAccess(get: rule(sql, column: 10)))
        }
        #expect(error?.message == message)
    }

    @Test("a table that is not there is told, with the nearest name")
    func missingTable() throws {
        let error = #expect(throws: StoreError.self) {
            try StoreFixture(Self.script) {
                $0.access.tables["note"] = .init(ResourceAccess(get: .closed), at: anywhere)
            }
        }
        #expect(error?.message == #"resdev.conf:1:1: there is no table or view "note"; did you mean notes?"#)
    }

    @Test(
        "no value of a token or a query reaches SQL as text",
        arguments: ["' OR 1 --", "\" OR 1 --", "1) OR (1", ":token"]
    )
    func injection(text: String) throws {
        let store = try Self.store(ResourceAccess(get: rule("text = :token.sub")))
        let token = #"{"sub":\#(JSONSlice(string: text).text)}"#
        #expect(store.access("library.notes.1", token).hasPrefix(#"{"get":false"#))
        #expect(store.access("library.notes?text=mine", token).hasPrefix(#"{"get":false"#))
    }
}

extension StoreFixture {
    /// What a token may do with a resource.
    func access(_ id: String, _ token: String) -> String {
        let parts = id.split(separator: "?", maxSplits: 1)
        let query = parts.count == 2 ? #","query":\#(JSONSlice(string: parts[1]).text)"# : ""
        let reply = send("access.\(parts[0])", #"{"token":\#(token),"cid":"c"\#(query)}"#).last ?? ""
        return String(reply.dropFirst(#"reply {"result":"#.count).dropLast())
    }

    /// Everything that follows from a call by who has a token.
    func call(_ subject: String, _ params: String = "null", token: String) -> [String] {
        send("call.\(subject)", #"{"params":\#(params),"token":\#(token)}"#)
    }
}
