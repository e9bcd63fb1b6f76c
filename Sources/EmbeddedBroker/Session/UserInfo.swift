import RESProtocol

import struct NIOCore.ByteBuffer

/// Answers `$SYS.REQ.USER.INFO`: who the client is that asks, and what it may do.
final class UserInfo: Receiver {
    /// The subject, in every account.
    static let subject = Array("$SYS.REQ.USER.INFO".utf8)

    private unowned let environment: SessionEnvironment

    init(in account: Account, environment: SessionEnvironment) {
        self.environment = environment
        super.init(account: account)
    }

    /// The subscription that makes it answer.
    func makeSubscription() -> Subscription {
        Subscription(pattern: UserInfo.subject, queue: [], sid: SubscriptionID(number: 0), receiver: self)
    }

    override func deliver(_ publication: inout Publication, to subscription: Subscription) -> Bool {
        publication.encode()
        guard !publication.frame.reply.isEmpty else { return true }
        let reply = String(decoding: publication.replyBytes, as: UTF8.self)
        let message = Message(
            subject: Subject(unchecked: reply),
            payload: answer(to: environment.router.publisher)
        )
        _ = environment.router.publish(message, from: self)
        return true
    }

    private func answer(to session: ClientSession?) -> ByteBuffer {
        var json = ByteBuffer()
        json.writeStaticString("{\"server\":")
        json.writeImmutableBuffer(environment.serverBlock())
        json.writeStaticString(",\"data\":{\"user\":")
        json.writeJSON(session?.identity.user ?? "")
        json.writeStaticString(",\"account\":")
        json.writeJSON(account.name)
        json.writeStaticString(",\"account_name\":")
        json.writeJSON(account.displayName)
        if let rules = session?.permissions?.rules {
            json.writeStaticString(",\"permissions\":")
            json.write(rules.permissions)
        }
        if let expires = session?.identity.expires {
            let left = max(0, expires - environment.wallTime().seconds)
            json.writeStaticString(",\"expires\":")
            json.writeJSON(left.multipliedReportingOverflow(by: 1_000_000_000).partialValue)
        }
        json.writeStaticString("}}")
        return json
    }
}

extension ByteBuffer {
    fileprivate mutating func write(_ permissions: SubjectPermissions) {
        writeStaticString("{")
        var isFirst = true
        for (name, rules) in [("publish", permissions.publish), ("subscribe", permissions.subscribe)] {
            if !isFirst { writeStaticString(",") }
            isFirst = false
            writeJSON(name)
            writeStaticString(":{")
            write("allow", rules.allow)
            if !rules.allow.isEmpty, !rules.deny.isEmpty { writeStaticString(",") }
            write("deny", rules.deny)
            writeStaticString("}")
        }
        if let responses = permissions.responses {
            if !isFirst { writeStaticString(",") }
            writeStaticString("\"responses\":{\"max\":")
            writeJSON(responses.maximum)
            writeStaticString(",\"ttl\":")
            writeJSON(responses.expires.nanoseconds)
            writeStaticString("}")
        }
        writeStaticString("}")
    }

    private mutating func write(_ name: String, _ subjects: [String]) {
        guard !subjects.isEmpty else { return }
        writeJSON(name)
        writeStaticString(":[")
        for (index, subject) in subjects.enumerated() {
            if index > 0 { writeStaticString(",") }
            writeJSON(subject)
        }
        writeStaticString("]")
    }
}
