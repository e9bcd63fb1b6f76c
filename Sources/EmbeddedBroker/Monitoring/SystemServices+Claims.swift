import Logging
import NIOCore
import RESProtocol

// What the system account's users may ask of the accounts' JWTs, and do with them (`$SYS.REQ.CLAIMS`).
extension SystemServices {
    /// Answers it, where there are operators. Without a folder for accounts what is changed lasts until the next start.
    func answerClaims() {
        guard let trust = core.configuration.access.trust, !trust.trustedKeys.isEmpty else { return }
        addLater("$SYS.REQ.CLAIMS.UPDATE") { [unowned self] in updateClaims($0.text, of: nil) }
        addLater("$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE") { [unowned self] request in
            let tokens = request.subject.split(separator: ".")
            return updateClaims(request.text, of: tokens.count > 3 ? String(tokens[3]) : "")
        }
        guard trust.folder != nil else { return }
        add("$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP") { [unowned self] request in
            let tokens = String(decoding: request.subjectBytes, as: UTF8.self).split(separator: ".")
            guard tokens.count > 3, let key = try? NKey(String(tokens[3])) else { return ByteBuffer() }
            return ByteBuffer(string: accounts[key] ?? "")
        }
        add("$SYS.REQ.CLAIMS.LIST") { [unowned self] _ in
            JSONText.object(isIndented: false) { text in
                text.member("data", strings: accounts.keys.map(\.text).sorted())
                text.member("server", json: environment.serverBlock())
            }
        }
        addLater("$SYS.REQ.CLAIMS.DELETE") { [unowned self] in deleteClaims($0.text) }
        add("$SYS.REQ.CLAIMS.PACK") { [unowned self] request in
            sendAll(to: String(decoding: request.replyBytes, as: UTF8.self))
            return ByteBuffer()
        }
    }

    private var accounts: [NKey: String] { core.configuration.access.trust?.accounts ?? [:] }

    /// Every account as `KEY|JWT`, in messages of their own; an empty one follows.
    private func sendAll(to reply: String) {
        guard !reply.isEmpty else { return }
        for (key, text) in accounts.sorted(by: { $0.key.text < $1.key.text }) {
            let message = Message(
                subject: Subject(unchecked: reply),
                payload: ByteBuffer(string: "\(key.text)|\(text)")
            )
            _ = environment.router.publish(message, from: self)
        }
    }

    private func updateClaims(_ text: String, of account: String?) -> ByteBuffer {
        var name = account ?? "n/a"
        do throws(MonitoringError) {
            let jwt = try read(text)
            guard jwt.kind == .account else { throw .badRequest("not account claim") }
            guard account == nil || account == jwt.subject.text else {
                throw .badRequest("subject does not match jwt content")
            }
            name = jwt.subject.text
            try core.update(text, of: jwt.subject)
            return data { text in
                text.member("account", name)
                text.member("code", 200)
                text.member("message", "jwt updated")
            }
        } catch {
            return claimsFailure("jwt update resulted in error - \(error.message)", account: name)
        }
    }

    private func deleteClaims(_ text: String) -> ByteBuffer {
        var issuer = ""
        do throws(MonitoringError) {
            let jwt = try read(text)
            issuer = jwt.issuer.text
            let keys = try deletable(jwt)
            try core.forget(keys)
            return data { text in
                text.member("code", 200)
                text.member("message", "deleted \(keys.count) accounts")
            }
        } catch {
            return claimsFailure(
                "delete accounts request by \(issuer) failed - \(error.message)",
                account: nil
            )
        }
    }

    /// The accounts that a request, signed by an operator, wants deleted.
    private func deletable(_ jwt: JWT) throws(MonitoringError) -> [NKey] {
        guard let trust = core.configuration.access.trust, trust.folder?.allowsDelete == true else {
            throw .badRequest("delete must be enabled in server config")
        }
        guard jwt.issuer == jwt.subject, trust.trustedKeys.contains(jwt.issuer) else {
            throw .badRequest(jwt.issuer == jwt.subject ? "not trusted" : "not self signed")
        }
        var keys: [NKey] = []
        for element in jwt.claims["accounts"]?.elements.map({ $0 }) ?? [] {
            guard let text = element.string, let key = try? NKey(text), key.role == .account else {
                throw .badRequest("malformed request")
            }
            guard key.text != environment.systemAccount?.name else {
                throw .badRequest("not allowed to delete system account")
            }
            keys.append(key)
        }
        return keys
    }

    private func read(_ text: String) throws(MonitoringError) -> JWT {
        guard text.split(separator: ".", omittingEmptySubsequences: false).count == 3 else {
            throw .badRequest("expected 3 chunks")
        }
        do {
            return try JWT(text)
        } catch {
            throw .badRequest("\(error)")
        }
    }

    private func claimsFailure(_ description: String, account: String?) -> ByteBuffer {
        environment.logger?.error("\(description)")
        return JSONText.object(isIndented: false) { text in
            text.member("server", json: environment.serverBlock())
            text.member("error") { text in
                text.member("account", unlessEmpty: account)
                text.member("code", 500)
                text.member("description", description)
            }
        }
    }
}
