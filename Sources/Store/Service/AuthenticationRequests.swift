import Logging
import RESProtocol

import struct NIOCore.ByteBuffer

/// Login: `auth.library.$auth.login`, `logout`, `renew`, and what gateways ask by themselves: `header`, `check`.
extension StoreEngine {
    static let authenticationMethods = ["login", "logout", "renew", "header", "check"]

    /// Handles an auth request, or a call of a resource that is there for it.
    func authenticate(_ request: AuthenticationRequest, now: Instant) {
        guard let authentication else {
            return outbox.reply(
                to: request.reply,
                .methodNotFound.saying("This database has no login; see 'auth' in the configuration")
            )
        }
        do throws(SQLiteError) {
            switch request.method {
            case "login": try login(request, authentication)
            case "logout" where request.connection != nil:
                setToken(nil, id: nil, of: request.connection)
                outbox.reply(to: request.reply, ServiceResponse(.result(.null)))
            case "renew": try renew(request, authentication, now: now)
            case "header" where request.connection != nil: try header(request, authentication, now: now)
            case "check" where request.connection != nil: try check(request, authentication, now: now)
            default:
                let question = NearestName.question(request.method, among: StoreEngine.authenticationMethods)
                outbox.reply(
                    to: request.reply,
                    .methodNotFound.saying("No auth method \(request.method)" + question)
                )
            }
        } catch {
            outbox.reply(to: request.reply, RESError(error))
        }
    }

    /// Goes on with a login whose password was looked at.
    func finish(_ verdict: PasswordVerdict, now: Instant) {
        let request = verdict.check.request
        guard let authentication else {
            return outbox.reply(
                to: request.reply,
                .methodNotFound.saying("This database has no login any more")
            )
        }
        // Settings that have changed since count from zero.
        authentication.pendingChecks = max(0, authentication.pendingChecks - 1)
        do throws(SQLiteError) {
            // The row may have changed since; the hash that was checked has to be its own still.
            guard verdict.isRight, let user = try authentication.users.user(named: verdict.check.user),
                StoredPassword(user.password) == verdict.check.hash
            else {
                authentication.limiter.failed(subjects(verdict.check.user, request), at: unixTime)
                logger.info(
                    "login failed",
                    metadata: ["user": "\(verdict.check.user)", "address": "\(request.address)"]
                )
                return outbox.reply(to: request.reply, .wrongLogin)
            }
            authentication.limiter.succeeded(verdict.check.user)
            issue(to: user, request, authentication, now: now)
        } catch {
            outbox.reply(to: request.reply, RESError(error))
        }
    }

    private func login(
        _ request: AuthenticationRequest,
        _ authentication: Authentication
    ) throws(SQLiteError) {
        guard let name = request.params?["user"]?.string, let password = request.params?["password"]?.string,
            !name.utf8.contains(0), name.utf8.count <= 256
        else {
            return outbox.reply(
                to: request.reply,
                .invalidParams.saying("login takes {\"user\": …, \"password\": …}, both texts")
            )
        }
        if let wait = authentication.limiter.wait(subjects(name, request), at: unixTime) {
            var response = ServiceResponse(.error(.tooManyLogins(wait)))
            response.meta = ServiceResponse.Meta(
                status: 429,
                header: [.init(name: "Retry-After", values: [String(wait)])]
            )
            return outbox.reply(to: request.reply, response)
        }
        guard authentication.pendingChecks < authentication.configuration.attempts.waiting else {
            return outbox.reply(to: request.reply, .serviceUnavailable.saying("Too many logins at once"))
        }
        let user = try authentication.users.user(named: name)
        if let user, !user.password.isEmpty, StoredPassword(user.password) == nil {
            logger.warning("a password hash is of no known form", metadata: ["user": "\(name)"])
        }
        authentication.pendingChecks += 1
        authentication.checks.append(
            PasswordCheck(
                request: request,
                user: name,
                password: password,
                hash: user.flatMap { StoredPassword($0.password) }
            )
        )
    }

    private func renew(
        _ request: AuthenticationRequest,
        _ authentication: Authentication,
        now: Instant
    ) throws(SQLiteError) {
        let known =
            if let token = request.params?["token"]?.string {
                try authentication.user(ofSigned: token, at: unixTime)
            } else {
                try authentication.user(of: request.token, at: unixTime)
            }
        guard let known else {
            return outbox.reply(
                to: request.reply,
                .accessDenied.saying("The token is not valid, or no longer; log in again")
            )
        }
        issue(to: known.user, request, authentication, now: now)
    }

    /// Authenticates an HTTP request, or the handshake of a WebSocket, by its `Authorization: Bearer` (RFC 6750).
    private func header(
        _ request: AuthenticationRequest,
        _ authentication: Authentication,
        now: Instant
    ) throws(SQLiteError) {
        guard let field = request.authorization.first, field.lowercased().hasPrefix("bearer ") else {
            return outbox.reply(to: request.reply, ServiceResponse(.result(.null)))
        }
        let token = String(field.dropFirst("bearer ".count).drop { $0 == " " })
        guard let (user, expires) = try authentication.user(ofSigned: token, at: unixTime) else {
            var response = ServiceResponse(
                .error(.accessDenied.saying("The bearer token is not valid, or no longer"))
            )
            response.meta = ServiceResponse.Meta(
                status: 401,
                header: [.init(name: "WWW-Authenticate", values: ["Bearer error=\"invalid_token\""])]
            )
            return outbox.reply(to: request.reply, response)
        }
        give(user, expires: expires, request, authentication, now: now)
        outbox.reply(to: request.reply, ServiceResponse(.result(.null)))
    }

    /// Looks again at a token that was reset: gives the connection a fresh one, or none.
    private func check(
        _ request: AuthenticationRequest,
        _ authentication: Authentication,
        now: Instant
    ) throws(SQLiteError) {
        if let (user, expires) = try authentication.user(of: request.token, at: unixTime) {
            give(user, expires: expires, request, authentication, now: now)
        } else {
            setToken(nil, id: nil, of: request.connection)
        }
        outbox.reply(to: request.reply, ServiceResponse(.result(.null)))
    }

    /// Answers with a signed token, which the connection has from now on.
    private func issue(
        to user: User,
        _ request: AuthenticationRequest,
        _ authentication: Authentication,
        now: Instant
    ) {
        let expires = unixTime + authentication.configuration.lifetime
        guard let token = authentication.signedToken(user, issued: unixTime, expires: expires) else {
            return outbox.reply(to: request.reply, .internalError.saying("The token could not be signed"))
        }
        give(user, expires: expires, request, authentication, now: now)
        var result = ByteBuffer()
        result.writeStaticString("{\"token\":")
        result.writeJSON(token)
        result.writeStaticString(",\"expires\":")
        result.writeJSON(expires)
        result.writeStaticString(",\"user\":{\"rid\":")
        result.writeJSON(authentication.tokenID(user.key))
        result.writeStaticString("}}")
        outbox.reply(to: request.reply, ServiceResponse(.result(JSONSlice(unchecked: result))))
    }

    private func give(
        _ user: User,
        expires: Int64,
        _ request: AuthenticationRequest,
        _ authentication: Authentication,
        now: Instant
    ) {
        guard request.connection != nil else { return }
        let seconds = UInt64(max(0, expires - unixTime))
        authentication.follow(user, expires: expires, deadline: now + Instant.seconds(seconds))
        setToken(
            authentication.connectionToken(user, expires: expires),
            id: authentication.tokenID(user.key),
            of: request.connection
        )
    }

    private func setToken(_ token: JSONSlice?, id: String?, of connection: String?) {
        guard let connection, let subject = Subject("conn.\(connection).token") else { return }
        var payload = ByteBuffer()
        payload.writeStaticString("{\"token\":")
        payload.writeJSON(token ?? .null)
        if let id {
            payload.writeStaticString(",\"tid\":")
            payload.writeJSON(id)
        }
        payload.writeStaticString("}")
        outbox.event(to: subject, payload)
    }

    private func subjects(_ user: String, _ request: AuthenticationRequest) -> [LoginLimiter.Subject] {
        [.user(user)] + (request.address.isEmpty ? [] : [.address(request.address)])
    }
}

extension RESError {
    fileprivate static let wrongLogin = RESError(
        code: "system.accessDenied",
        message: "The user or the password is wrong"
    )

    fileprivate static func tooManyLogins(_ seconds: Int64) -> RESError {
        RESError(
            code: "system.tooManyRequests",
            message: "Too many failed logins; try again in \(seconds) s",
        )
    }
}
