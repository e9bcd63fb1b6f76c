import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

@Suite("Login")
struct LoginTests {
    /// `correct horse`, hashed at a cost that tests can afford.
    static let hash = StoredPassword.make("correct horse", logN: 4) ?? ""

    static func store(_ configure: (inout AuthenticationConfiguration) -> Void = { _ in }) throws
        -> StoreFixture
    {
        let script = """
            CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, hash TEXT, role TEXT);
            INSERT INTO users VALUES (7, 'ada@example.com', '\(hash)', 'author'), (8, 'bob@example.com', NULL, 'reader');
            """
        let store = try StoreFixture(script, isFile: true) { settings in
            var login = AuthenticationConfiguration(table: "users", user: "email", password: "hash")
            login.claims = ["role"]
            login.key = .text("0123456789abcdef0123456789abcdef")
            configure(&login)
            settings.authentication = login
        }
        store.engine.unixTime = 1_700_000_000
        return store
    }

    @Test(
        "a login sets the connection's token, then answers with a signed one",
        arguments: TokenAlgorithm.allCases
    )
    func login(algorithm: TokenAlgorithm) throws {
        let store = try Self.store {
            $0.algorithm = algorithm
            if algorithm == .ed25519 { $0.key = .text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8") }
        }
        let lines = store.login("ada@example.com", "correct horse")
        #expect(lines.count == 2)
        #expect(
            lines[0].hasPrefix(
                #"conn.c1.token {"token":{"rid":"library.users.7","sub":7,"user":"ada@example.com","#
                    + #""role":"author","exp":1700003600,"pv":""#
            )
        )
        #expect(lines[0].hasSuffix(#""tid":"library.users.7"}"#))
        let token = try #require(store.signedToken(lines))
        #expect(
            store.auth("header", bearer: token).first?.hasPrefix(
                #"conn.c1.token {"token":{"rid":"library.users.7""#
            ) == true
        )
        // Every other byte of it counts.
        for offset in [0, token.count / 2, token.count - 2] {
            var bytes = Array(token.utf8)
            bytes[offset] = bytes[offset] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let forged = String(decoding: bytes, as: UTF8.self)
            #expect(store.auth("header", bearer: forged).last?.contains("system.accessDenied") == true)
        }
    }

    @Test("an unsigned token, or one of another algorithm, is none")
    func algorithms() throws {
        let store = try Self.store()
        func part(_ text: String) -> String { Base64.encodeForURL(Array(text.utf8)) }
        let claims = part(#"{"iss":"library","sub":"7","exp":1800000000}"#)
        for header in [#"{"alg":"none"}"#, #"{"alg":"EdDSA"}"#, #"{"alg":"HS256","crit":["b64"]}"#] {
            #expect(
                store.auth("header", bearer: part(header) + "." + claims + ".").last?.contains("401") == true
            )
        }
        #expect(store.auth("header", bearer: "").count == 1)
    }

    @Test(
        "a wrong login says the same whatever is wrong",
        arguments: [
            ("ada@example.com", "wrong"), ("nobody@example.com", "correct horse"), ("bob@example.com", ""),
        ]
    )
    func refusal(user: String, password: String) throws {
        let store = try Self.store()
        #expect(
            store.error(store.login(user, password))
                == "system.accessDenied: The user or the password is wrong"
        )
    }

    @Test("after some failures a user, and an address, has to wait")
    func limit() throws {
        let store = try Self.store { $0.attempts.count = 2 }
        for _ in 0..<2 {
            #expect(
                store.error(store.login("ada@example.com", "wrong", "10.0.0.1:5"))?.contains("wrong") == true
            )
        }
        for user in ["ada@example.com", "bob@example.com"] {
            let reply = store.login(user, "correct horse", "10.0.0.1:6")
            #expect(reply.last?.contains(#""status":429"#) == true)
            #expect(store.error(reply) == "system.tooManyRequests: Too many failed logins; try again in 60 s")
        }
        #expect(store.login("ada@example.com", "correct horse", "10.0.0.2:5").last?.contains("429") == true)
        store.engine.unixTime += 60
        #expect(store.login("ada@example.com", "correct horse", "10.0.0.1:7").count == 2)
    }

    @Test("a token ends, and can be renewed before")
    func renewal() throws {
        let store = try Self.store()
        let token = try #require(store.signedToken(store.login("ada@example.com", "correct horse")))
        store.engine.unixTime += 3599
        let renewed = store.auth("renew", params: #"{"token":"\#(token)"}"#)
        #expect(renewed.count == 2)
        store.engine.unixTime += 1
        #expect(store.auth("header", bearer: token).last?.contains("401") == true)
        #expect(
            store.error(store.auth("renew", params: #"{"token":"\#(token)"}"#))?.contains("log in again")
                == true
        )
        #expect(store.auth("header", bearer: store.signedToken(renewed) ?? "").count == 2)
    }

    @Test("when its time is over a connection's token is taken away")
    func end() throws {
        let store = try Self.store()
        let lines = store.login("ada@example.com", "correct horse")
        #expect(store.tick().isEmpty)
        store.engine.unixTime += 3600
        store.now += Instant.seconds(3600)
        #expect(
            store.tick()
                == [#"system.tokenReset {"tids":["library.users.7"],"subject":"auth.library.$auth.check"}"#]
        )
        #expect(
            store.auth("check", token: store.connectionToken(lines)) == [
                #"conn.c1.token {"token":null}"#, #"reply {"result":null}"#,
            ]
        )
        #expect(store.tick().isEmpty)
    }

    @Test("a change of the user's row resets the token: a new password ends it, another claim renews it")
    func revocation() throws {
        let store = try Self.store()
        let lines = store.login("ada@example.com", "correct horse")
        let reset = #"system.tokenReset {"tids":["library.users.7"],"subject":"auth.library.$auth.check"}"#
        #expect(store.call("library.users.7.set", #"{"role":"admin"}"#).first == reset)
        let checked = store.auth("check", token: store.connectionToken(lines))
        #expect(checked.first?.contains(#""role":"admin""#) == true)
        #expect(store.call("library.users.7.set", #"{"email":"ada@example.org"}"#).contains(reset) == false)
        try store.outside("UPDATE users SET hash = 'none' WHERE id = 7")
        #expect(store.tick().contains(reset))
        #expect(
            store.auth("check", token: store.connectionToken(lines)).first == #"conn.c1.token {"token":null}"#
        )
        let token = store.signedToken(lines) ?? ""
        #expect(store.auth("header", bearer: token).last?.contains("401") == true)
    }

    @Test("a token that has ended counts no more, even while a connection still has it")
    func ended() throws {
        let store = try Self.store()
        store.engine.configuration.access.defaults.get = rule(":token.sub = 7")
        store.engine.applyRules()
        let token = store.connectionToken(store.login("ada@example.com", "correct horse"))
        #expect(store.access("library.users.7", token).hasPrefix(#"{"get":true"#))
        store.engine.unixTime += 3600
        #expect(store.access("library.users.7", token).hasPrefix(#"{"get":false"#))
    }

    @Test("a login whose settings go away meanwhile is answered")
    func switchedOff() throws {
        let store = try Self.store()
        _ = store.auth("login", params: #"{"user":"ada@example.com","password":"correct horse"}"#)
        let check = try #require(store.engine.authentication?.checks.first)
        var settings = store.engine.configuration
        settings.authentication = nil
        try store.engine.reconfigure(settings, database: nil)
        store.engine.finish(check.verdict(), now: store.now)
        #expect(store.error(store.tick()) == "system.methodNotFound: This database has no login any more")
    }

    @Test("settings that do not fit leave everything as it was")
    func misfit() throws {
        let store = try Self.store()
        var settings = store.engine.configuration
        settings.authentication?.claims = ["nothing"]
        settings.tables["users"] = TableOptions()
        settings.queries.maximumLimit = 3
        #expect(throws: StoreError.self) { try store.engine.reconfigure(settings, database: nil) }
        #expect(store.engine.configuration.queries.maximumLimit == 1000)
        #expect(store.login("ada@example.com", "correct horse").count == 2)
    }

    @Test("logout takes the token away")
    func logout() throws {
        let store = try Self.store()
        #expect(store.auth("logout") == [#"conn.c1.token {"token":null}"#, #"reply {"result":null}"#])
    }

    @Test("a call logs in as well, for who keeps the token alone")
    func call() throws {
        let store = try Self.store()
        #expect(store.access("library.$auth", "null") == #"{"get":false,"call":"login,renew"}"#)
        _ = store.send(
            "call.library.$auth.login",
            #"{"params":{"user":"ada@example.com","password":"correct horse"}}"#
        )
        let lines = store.verdicts()
        #expect(lines.count == 1)
        #expect(store.signedToken(lines) != nil)
    }

    @Test("a store without login says so")
    func without() throws {
        let store = try StoreFixture("CREATE TABLE t (id INTEGER PRIMARY KEY);")
        #expect(store.error(store.auth("login"))?.contains("has no login") == true)
    }

    @Test(
        "what is wrong with the settings is told",
        arguments: [
            ("user", "auth: there is no table \"user\"; did you mean users?"),
            ("users", "auth: there is no column \"mail\"; did you mean email?"),
        ]
    )
    func settings(table: String, message: String) throws {
        let error = #expect(throws: StoreError.self) {
            try Self.store {
                $0.table = table
                $0.user = "mail"
            }
        }
        #expect(error?.message == message)
    }

    @Test("the key is made once and kept for the owner alone")
    func keyFile() throws {
        let directory = try TemporaryDirectory.make()
        defer { TemporaryDirectory.remove(directory) }
        var settings = AuthenticationConfiguration(table: "users", user: "email", password: "hash")
        settings.key = .file(directory + "/key")
        let first = try SigningKey.load(settings, database: nil)
        let token = try #require(first.sign(.emptyObject))
        #expect(try SigningKey.load(settings, database: nil).verify(token) != nil)
        settings.key = .text("short")
        #expect(throws: StoreError.self) { try SigningKey.load(settings, database: nil) }
    }
}

@Suite("Stored passwords")
struct StoredPasswordTests {
    @Test("hashes of other programs are understood")
    func known() {
        // Of passlib's documentation.
        let scrypt =
            "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E"
        #expect(StoredPassword(scrypt)?.matches("password") == true)
        #expect(StoredPassword(scrypt)?.matches("Password") == false)
        let bcrypt = StoredPassword("$2b$04$abcdefghijklmnopqrstuuTZCdCUN1lcDkdC1sWJXIsGUHxYXY2Oi")
        #expect(bcrypt != nil)
        #expect(StoredPassword.ofNobody?.matches("password") == false)
    }

    @Test(
        "what asks for too much, or is no hash, is none",
        arguments: [
            "", "plain", "$scrypt$ln=21,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$scrypt$ln=18,r=9,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$scrypt$ln=4,r=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$scrypt$ln=4,r=8$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$scrypt$ln=4,r=8,p=1$AA$AA",
            "$2b$31$x",
        ]
    )
    func none(text: String) { #expect(StoredPassword(text) == nil) }

    @Test("a password at the limit is taken, a longer one never")
    func limit() {
        let longest = String(repeating: "x", count: StoredPassword.maximumPassword)
        #expect(StoredPassword(StoredPassword.make(longest, logN: 4) ?? "")?.matches(longest) == true)
        #expect(StoredPassword.make(longest + "x", logN: 4) == nil)
        #expect(StoredPassword(LoginTests.hash)?.matches(longest + "x") == false)
    }
}

extension StoreFixture {
    /// What follows from a login, with its password checked.
    func login(_ user: String, _ password: String, _ address: String = "127.0.0.1:9") -> [String] {
        let params =
            #"{"user":\#(JSONSlice(string: user).text),"password":\#(JSONSlice(string: password).text)}"#
        let lines = auth("login", params: params, address: address)
        return lines.isEmpty ? verdicts() : lines
    }

    /// What follows from an auth request.
    func auth(
        _ method: String,
        params: String = "null",
        token: String = "null",
        bearer: String? = nil,
        address: String = "127.0.0.1:9"
    ) -> [String] {
        let header = bearer.map { #"{"Authorization":["Bearer \#($0)"]}"# } ?? "{}"
        return send(
            "auth.library.$auth.\(method)",
            #"{"token":\#(token),"params":\#(params),"cid":"c1","header":\#(header),"remoteAddr":"\#(address)"}"#
        )
    }

    /// Checks the passwords that wait.
    func verdicts() -> [String] {
        guard let authentication = engine.authentication else { return [] }
        let checks = authentication.checks
        authentication.checks = []
        for check in checks { engine.finish(check.verdict(), now: now) }
        return tick()
    }

    /// The signed token of an answer.
    func signedToken(_ lines: [String]) -> String? {
        guard let reply = lines.last?.dropFirst("reply ".count),
            let json = try? JSONSlice(parsing: String(reply))
        else { return nil }
        return json["result"]?["token"]?.string
    }

    /// The token that a connection was given.
    func connectionToken(_ lines: [String]) -> String {
        let event = lines.first.map { $0.drop { $0 != " " }.dropFirst() } ?? ""
        return (try? JSONSlice(parsing: String(event)))?["token"]?.text ?? "null"
    }
}
