import Logging

import struct NIOCore.ByteBuffer

extension ClientSession: ProtocolSink {
    func published(
        _ frame: PublishFrame,
        in bytes: borrowing Span<UInt8>,
        of buffer: borrowing ByteBuffer
    ) {
        guard !isClosed else { return }
        statistics.countIn(bytes: frame.size)
        let subject = bytes.extracting(frame.subject)
        if options.pedantic, !SubjectRules.isValidLiteral(subject) {
            send(ServerError.invalidPublishSubject.line)
        }
        guard mayPublish(frame, in: bytes) else { return }
        if options.verbose { send("+OK\r\n") }
        let isDelivered = router.publish(frame, subject: subject, of: buffer, from: self)
        if !isDelivered, options.noResponders, !frame.reply.isEmpty {
            reportNoResponders(reply: bytes.extracting(frame.reply), subject: subject)
        }
        if let pressed = router.pressed {
            pressedReceiver = pressed
            router.pressed = nil
        }
    }

    func subscribed(
        subject: borrowing Span<UInt8>,
        queue: borrowing Span<UInt8>,
        sid: borrowing Span<UInt8>
    ) {
        guard !isClosed, maySubscribe(subject, queue, sid) else { return }
        let limit = limits.subscriptions
        guard limit == 0 || subscriptions.count < limit else {
            log(.error, ServerError.maximumSubscriptions.text)
            send(ServerError.maximumSubscriptions.line)
            return
        }
        let name = SubscriptionID(sid)
        if subscriptions[name] == nil {
            guard SubjectRules.isValidPattern(subject) else {
                send(ServerError.invalidSubject.line)
                return
            }
            let subscription = Subscription(
                pattern: subject.indices.map { subject[$0] },
                queue: queue.indices.map { queue[$0] },
                sid: name,
                receiver: self
            )
            subscriptions[name] = subscription
            router.insert(subscription)
        }
        if options.verbose { send("+OK\r\n") }
    }

    func unsubscribed(sid: borrowing Span<UInt8>, maximum: Int) {
        guard !isClosed else { return }
        var ended: Subscription?
        if let subscription = subscriptions[SubscriptionID(sid)] {
            subscription.limit(to: maximum)
            if maximum == 0 || subscription.isExhausted {
                subscriptions[subscription.sid] = nil
                router.remove(subscription)
                ended = subscription
            }
        }
        if options.verbose { send("+OK\r\n") }
        if isTraced, let ended { traceEnd(of: ended) }
    }

    func pinged() {
        guard !isClosed else { return }
        send("PONG\r\n")
        guard !hasSentConnectInfo else { return }
        // Only the first PONG may have it behind it.
        hasSentConnectInfo = true
        guard hasConnected, options.protocolLevel >= 1 else { return }
        var info = environment.info(for: origin)
        info.maximumPayload = limits.payload
        info.requiresAuthentication = environment.authentication.isConfigured
        let isSystemAccount = account === environment.systemAccount
        let line = info.line(
            clientID: id,
            clientAddress: address,
            account: account.name,
            isSystemAccount: isSystemAccount
        )
        send(line)
    }

    func ponged() { liveness.ponged() }

    /// Whether a client may publish this; subjects that brokers use among themselves are not for clients.
    private func mayPublish(_ frame: PublishFrame, in bytes: borrowing Span<UInt8>) -> Bool {
        let subject = bytes.extracting(frame.subject)
        if subject[0] == UInt8(ascii: "_"), ReservedSubject.isReservedForPublish(subject) {
            refusePublish(to: String(copying: subject))
            return false
        }
        if let permissions, !permissions.mayPublish(to: subject, at: router.now) {
            refusePublish(to: String(copying: subject))
            return false
        }
        guard !frame.reply.isEmpty else { return true }
        let reply = bytes.extracting(frame.reply)
        guard ReservedSubject.isReservedAsReply(reply) else { return true }
        send(ServerError.replyViolation(reply: String(copying: reply)).line)
        let name = String(copying: reply)
        log(.error, "Publish Violation - Reply \(name.quoted)")
        return false
    }

    private func refusePublish(to subject: String) {
        send(ServerError.publishViolation(subject: subject).line)
        log(.error, "Publish Violation - Subject \(subject.quoted)")
    }

    /// Whether a client may subscribe to this; says so when it may not.
    private func maySubscribe(
        _ subject: borrowing Span<UInt8>,
        _ queue: borrowing Span<UInt8>,
        _ sid: borrowing Span<UInt8>
    ) -> Bool {
        if let permissions, !permissions.maySubscribe(to: subject.copied, queue: queue.copied) {
            let name = String(copying: subject)
            let error: ServerError =
                queue.isEmpty
                ? .subscriptionViolation(subject: name)
                : .queueViolation(subject: name, queue: String(copying: queue))
            send(error.line)
            let group = queue.isEmpty ? "" : " Queue: \(String(copying: queue).quoted),"
            let label = String(copying: sid)
            log(.error, "Subscription Violation - Subject \(name.quoted),\(group) SID \(label)")
            return false
        }
        let tokens = limits.subscriptionTokens
        if tokens > 0, subject.copied.count(where: { $0 == UInt8(ascii: ".") }) >= tokens {
            send(ServerError.tooManyTokens(subject: String(copying: subject)).line)
            return false
        }
        return true
    }

    /// Answers a request that nobody subscribes to with status 503, if the client waits for answers.
    private func reportNoResponders(reply: borrowing Span<UInt8>, subject: borrowing Span<UInt8>) {
        guard let subscription = router.plainSubscription(of: self, to: reply) else { return }
        var line = ByteBuffer()
        let size = NoResponders.size(subjectLength: subject.count)
        line.writeStaticString("HMSG ")
        line.writeBytes(reply.bytes)
        line.writeStaticString(" ")
        line.writeBytes(subscription.sid.bytes)
        line.writeString(" \(size) \(size)\r\n")
        line.writeBytes(NoResponders.block(for: subject))
        line.writeStaticString("\r\n")
        send(line)
    }
}

extension String {
    /// A copy of bytes that should be UTF-8; what is not becomes U+FFFD.
    init(copying bytes: borrowing Span<UInt8>) {
        self = String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
}
