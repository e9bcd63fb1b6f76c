import NIOCore
import Testing

@testable import EmbeddedBroker
@testable import RESProtocol

@Suite("Operator, account, user")
struct TrustChainTests {
    /// One operator with one account and one user, whose JWTs a test varies.
    private struct Fixture {
        let `operator`: NKeySeed
        let account: NKeySeed
        let user: NKeySeed
        let signingKey: NKeySeed
        var operatorClaims = ""
        var accountClaims = #","limits":{"subs":-1,"data":-1,"payload":-1,"conn":-1}"#
        var accountTimes = ""
        var userClaims = #","subs":-1,"data":-1,"payload":-1"#
        var userTimes = ""
        var userName = "n"
        /// Who signs the account; the operator itself when nil.
        var accountSigner: NKeySeed?
        /// Who signs the user; the account itself when nil.
        var userSigner: NKeySeed?
        var address: String? = "127.0.0.1"
        var type = "STANDARD"
        var now: Int64 = 2000
        var isSigned = true

        init() throws {
            self.operator = try JWTMaker.key(.operator, 1)
            account = try JWTMaker.key(.account, 2)
            user = try JWTMaker.key(.user, 3)
            signingKey = try JWTMaker.key(.account, 4)
        }

        func admit() throws -> TrustChain.Admission {
            let operatorText = JWTMaker.jwt(
                "operator",
                about: self.operator.publicKey,
                signedBy: self.operator,
                claims: operatorClaims
            )
            let accountText = JWTMaker.jwt(
                "account",
                about: account.publicKey,
                signedBy: accountSigner ?? self.operator,
                name: "acc",
                times: accountTimes,
                claims: accountClaims
            )
            let issuerAccount = userSigner == nil ? "" : #","issuer_account":"\#(account.publicKey)""#
            let userText = JWTMaker.jwt(
                "user",
                about: user.publicKey,
                signedBy: userSigner ?? account,
                name: userName,
                times: userTimes,
                claims: issuerAccount + userClaims
            )
            let chain = TrustChain(operators: [try OperatorClaims(try JWT(operatorText))])
            let nonce = "a nonce"
            let connection = TrustChain.Connection(
                nonce: nonce,
                signature: isSigned ? Base64.encodeForURL(user.sign(Array(nonce.utf8))) : "",
                address: address,
                type: type,
                now: now
            )
            return try chain.admit(userText, on: connection) { $0 == account.publicKey ? accountText : nil }
        }

        func failure() -> JWTError? {
            do {
                _ = try admit()
                return nil
            } catch {
                return error as? JWTError
            }
        }
    }

    @Test("a user of a trusted account is let in with its permissions and limits")
    func admission() throws {
        var fixture = try Fixture()
        fixture.userClaims =
            #","pub":{"allow":["a.>"],"deny":["a.b"]},"sub":{"allow":["c q"]},"resp":{"max":2,"ttl":5000000000},"subs":7,"data":-1,"payload":100"#
        let admission = try fixture.admit()
        #expect(admission.account.key == fixture.account.publicKey)
        #expect(admission.permissions.publish == .init(allow: ["a.>"], deny: ["a.b"]))
        #expect(admission.permissions.subscribe == .init(allow: ["c q"]))
        #expect(admission.permissions.responses == .init(maximum: 2, expires: .seconds(5)))
        #expect(
            admission.limits.subscriptions == 7 && admission.limits.data == -1
                && admission.limits.payload == 100
        )
        #expect(admission.expires == nil)
    }

    @Test("a user that says nothing gets its account's default permissions")
    func defaults() throws {
        var fixture = try Fixture()
        fixture.accountClaims += #","default_permissions":{"pub":{"deny":["x"]},"sub":{}}"#
        #expect(try fixture.admit().permissions.publish.deny == ["x"])
    }

    @Test("the earliest end of user, account and time of day ends the connection")
    func expiry() throws {
        var fixture = try Fixture()
        fixture.userTimes = #","exp":9000"#
        #expect(try fixture.admit().expires == 9000)
        fixture.accountTimes = #","exp":8000"#
        #expect(try fixture.admit().expires == 8000)
        fixture.userClaims += #","times":[{"start":"00:00:00","end":"00:40:00"}],"times_location":"UTC""#
        #expect(try fixture.admit().expires == 2400)
        fixture.now = 2401
        #expect(fixture.failure() == .notAllowedHere("at this time of day"))
        fixture.now = 86_400 * 0 + 8500
        #expect(fixture.failure() == .expired)
        fixture.accountTimes = ""
        fixture.now = 9000
        #expect(fixture.failure() == .expired)
    }

    @Test("times of day may go over midnight; a zone that is not known lets nobody in")
    func times() throws {
        var fixture = try Fixture()
        fixture.userClaims += #","times":[{"start":"23:00:00","end":"00:30:00"}]"#
        fixture.now = 86_400 + 1800
        #expect(try fixture.admit().expires == 86_400 + 1800)
        fixture.now = 86_400 + 1801
        #expect(fixture.failure() == .notAllowedHere("at this time of day"))
        fixture.now = 86_400 + 82_800
        #expect(try fixture.admit().expires == 86_400 + 88_200)
        fixture.userClaims += #","times_location":"Mars/Base""#
        #expect(
            fixture.failure()
                == .notAllowedHere("at times of the zone \"Mars/Base\", which is not known here")
        )
    }

    @Test("the operator's signing keys are trusted, and where it says so they alone")
    func operatorSigningKeys() throws {
        var fixture = try Fixture()
        let signingKey = try JWTMaker.key(.operator, 9)
        fixture.accountSigner = signingKey
        #expect(fixture.failure() == .untrustedIssuer(signingKey.publicKey.text))
        fixture.operatorClaims = #","signing_keys":["\#(signingKey.publicKey)"]"#
        #expect(fixture.failure() == nil)
        fixture.operatorClaims += #","strict_signing_key_usage":true"#
        #expect(fixture.failure() == nil)
        fixture.accountSigner = nil
        #expect(fixture.failure() == .untrustedIssuer(fixture.operator.publicKey.text))
    }

    @Test("a signing key of the account signs users, another key does not")
    func accountSigningKeys() throws {
        var fixture = try Fixture()
        fixture.userSigner = fixture.signingKey
        #expect(fixture.failure() == .untrustedIssuer(fixture.signingKey.publicKey.text))
        fixture.accountClaims += #","signing_keys":["\#(fixture.signingKey.publicKey)"]"#
        #expect(fixture.failure() == nil)
    }

    @Test("a scoped signing key decides what its users may do")
    func scopes() throws {
        var fixture = try Fixture()
        fixture.userSigner = fixture.signingKey
        fixture.userName = "bob"
        fixture.accountClaims +=
            #","signing_keys":[{"kind":"user_scope","key":"\#(fixture.signingKey.publicKey)","role":"r","template":{"pub":{"allow":["u.{{name()}}","{{account-name()}}.{{tag(team)}}","{{tag(none)}}.x"]},"sub":{"allow":["{{ tag(none) }}"]},"subs":5,"data":-1,"payload":-1}}]"#
        fixture.userClaims = #","tags":["team:red","team:blue"]"#
        let admission = try fixture.admit()
        #expect(admission.permissions.publish.allow == ["u.bob", "acc.red", "acc.blue"])
        #expect(admission.permissions.subscribe == .init(allow: [], deny: [">"]))
        #expect(admission.limits.subscriptions == 5)
        fixture.userClaims = #","subs":-1"#
        #expect(fixture.failure()?.description.contains("scoped key") == true)
    }

    @Test(
        "templates that are not known, or deny a tag the user lacks, let nobody in",
        arguments: [
            (#""pub":{"allow":["{{nope()}}"]}"#, "not known: {{nope()}}"),
            (#""pub":{"deny":["{{tag(x)}}"]}"#, "names a tag"),
        ]
    )
    func badTemplates(template: String, part: String) throws {
        var fixture = try Fixture()
        fixture.userSigner = fixture.signingKey
        fixture.userClaims = ""
        fixture.accountClaims +=
            #","signing_keys":[{"kind":"user_scope","key":"\#(fixture.signingKey.publicKey)","template":{\#(template)}}]"#
        #expect(fixture.failure()?.description.contains(part) == true)
    }

    @Test("the nonce must be signed with the user's key, unless the user is a bearer")
    func nonce() throws {
        var fixture = try Fixture()
        fixture.isSigned = false
        #expect(fixture.failure() == .wrongNonceSignature)
        fixture.userClaims += #","bearer_token":true"#
        #expect(fixture.failure() == nil)
        fixture.accountClaims = #","limits":{"disallow_bearer":true}"#
        #expect(fixture.failure() == .bearerNotAllowed)
    }

    @Test("a revocation reaches JWTs up to its second, of one user or of all", arguments: ["*", nil])
    func revocations(name: String?) throws {
        var fixture = try Fixture()
        let name = name ?? fixture.user.publicKey.text
        fixture.accountClaims = #","revocations":{"\#(name)":1000}"#
        #expect(fixture.failure() == .revoked)
        fixture.accountClaims = #","revocations":{"\#(name)":999}"#
        #expect(fixture.failure() == nil)
    }

    @Test("networks and kinds of connection are kept to")
    func origins() throws {
        var fixture = try Fixture()
        fixture.userClaims += #","src":["10.0.0.0/8","127.0.0.1/32"]"#
        #expect(fixture.failure() == nil)
        fixture.address = "192.168.0.1"
        #expect(fixture.failure() == .notAllowedHere("from 192.168.0.1"))
        fixture.address = nil
        #expect(fixture.failure() == .notAllowedHere("from an unknown address"))
        fixture.userClaims = #","allowed_connection_types":["websocket"]"#
        #expect(fixture.failure() == .notAllowedHere("over a connection of type STANDARD"))
        fixture.type = "WEBSOCKET"
        #expect(fixture.failure() == nil)
    }

    @Test("an account that is not known, or another's JWT in its place, lets nobody in")
    func unknownAccount() throws {
        var fixture = try Fixture()
        fixture.userSigner = try JWTMaker.key(.account, 8)
        fixture.userClaims += #","issuer_account":"\#(try JWTMaker.key(.account, 8).publicKey)""#
        #expect(fixture.failure() == .unknownAccount(try JWTMaker.key(.account, 8).publicKey.text))
        let chain = TrustChain(trustedKeys: [fixture.operator.publicKey])
        let text = JWTMaker.jwt("account", about: fixture.account.publicKey, signedBy: fixture.operator)
        #expect {
            _ = try chain.account(text, key: fixture.signingKey.publicKey, at: 0)
        } throws: { "\($0)".contains("instead of") }
    }

    @Test("what an account exports and imports is read")
    func sharing() throws {
        let account = try JWTMaker.key(.account, 2)
        let other = try JWTMaker.key(.account, 5).publicKey
        let text = JWTMaker.jwt(
            "account",
            about: account.publicKey,
            signedBy: try JWTMaker.key(.operator, 1),
            claims:
                #","exports":[{"name":"e","subject":"a.>","type":"stream","token_req":true,"revocations":{"*":5}},{"type":"odd"}],"imports":[{"subject":"b","account":"\#(other)","type":"service","to":"c","token":"t"},{"subject":"b"}]"#
        )
        let claims = try AccountClaims(try JWT(text))
        #expect(
            claims.exports == [
                .init(kind: .stream, subject: "a.>", needsActivation: true, revocations: ["*": 5])
            ]
        )
        #expect(
            claims.imports == [
                .init(
                    kind: .service,
                    subject: "b",
                    account: other,
                    localSubject: "",
                    activation: "t",
                    to: "c"
                )
            ]
        )
    }

    @Test("keys in the wrong place are refused")
    func roles() throws {
        let account = try JWTMaker.key(.account, 1)
        let user = try JWTMaker.key(.user, 2)
        let `operator` = try JWTMaker.key(.operator, 3)
        let cases: [(String, (JWT) throws -> Void)] = [
            (JWTMaker.jwt("user", about: account.publicKey, signedBy: account), { _ = try UserClaims($0) }),
            (JWTMaker.jwt("user", about: user.publicKey, signedBy: `operator`), { _ = try UserClaims($0) }),
            (
                JWTMaker.jwt("account", about: user.publicKey, signedBy: `operator`),
                { _ = try AccountClaims($0) }
            ),
            (
                JWTMaker.jwt("account", about: account.publicKey, signedBy: user),
                { _ = try AccountClaims($0) }
            ),
            (
                JWTMaker.jwt("operator", about: account.publicKey, signedBy: `operator`),
                { _ = try OperatorClaims($0) }
            ),
            (
                JWTMaker.jwt(
                    "user",
                    about: user.publicKey,
                    signedBy: account,
                    claims: #","issuer_account":"x""#
                ), { _ = try UserClaims($0) }
            ),
            (
                JWTMaker.jwt(
                    "user",
                    about: user.publicKey,
                    signedBy: account,
                    claims: #","times":[{"start":"25:00:00","end":"x"}]"#
                ), { _ = try UserClaims($0) }
            ),
            (
                JWTMaker.jwt(
                    "account",
                    about: account.publicKey,
                    signedBy: `operator`,
                    claims: #","signing_keys":["x"]"#
                ), { _ = try AccountClaims($0) }
            ),
            (
                JWTMaker.jwt(
                    "operator",
                    about: `operator`.publicKey,
                    signedBy: `operator`,
                    claims: #","signing_keys":[1]"#
                ), { _ = try OperatorClaims($0) }
            ),
        ]
        for (text, read) in cases {
            let jwt = try JWT(text)
            #expect(throws: JWTError.self) { try read(jwt) }
        }
    }
}
