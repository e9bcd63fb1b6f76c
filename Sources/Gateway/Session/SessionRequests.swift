import RESProtocol

package import struct NIOCore.ByteBuffer

extension ClientSession {
    /// Handles a message of the client. What is no request is ignored.
    package func received(_ message: ByteBuffer) {
        guard !isClosed, let request = ClientRequest(parsing: message) else { return }
        if context.interference != nil { return admit(request) }
        perform(request)
    }

    /// Serves a request that nobody objects to.
    private func perform(_ request: ClientRequest) {
        if let observer = context.observer {
            if let exchange = exchange(of: request) { observer.requestBegan(exchange) }
            defer { observer.requestDispatched() }
            handle(request)
            return settle()
        }
        handle(request)
        settle()
    }

    /// Lets whoever interferes decide about a request.
    private func admit(_ request: ClientRequest) {
        guard let interference = context.interference, let exchange = exchange(of: request) else {
            return perform(request)
        }
        interference.admit(exchange, delay: nil) { [self] verdict in
            guard !isClosed else { return }
            switch verdict {
            case .serve: perform(request)
            case .drop: output?.abort()
            case .refuse(let error):
                context.observer?.requestBegan(exchange)
                reply(error, to: request.id)
                context.observer?.requestDispatched()
            }
        }
    }

    private func handle(_ request: ClientRequest) {
        switch request.kind {
        case .invalid(let error): reply(error, to: request.id)
        case .version(let text): negotiate(text, request.id)
        case .unsubscribe(let rid, let count):
            context.metrics.unsubscribes += 1
            unsubscribe(rid, count: count, request.id)
        case .subscribe(let rid):
            context.metrics.subscribes += 1
            begin(request.id) { subscribe(rid, request.id) }
        case .get(let rid):
            context.metrics.gets += 1
            begin(request.id) { get(rid, request.id) }
        case .call(let rid, let method, let params):
            context.metrics.calls += 1
            begin(request.id) { call(rid, method, params, request.id) }
        case .auth(let rid, let method, let params):
            context.metrics.auths += 1
            begin(request.id) { auth(rid, method, params, request.id) }
        case .new(let rid, let params):
            context.metrics.calls += 1
            begin(request.id) { new(rid, params, request.id) }
        }
    }

    /// Starts a request that will be answered later.
    private func begin(_ id: UInt64, _ start: () -> Void) {
        guard pendingRequests < context.limits.maximumPendingRequests else {
            return send(ClientMessage.error(id: id, .requestLimitExceeded))
        }
        pendingRequests += 1
        start()
    }

    /// Answers a request that was begun.
    func finish(_ message: consuming ByteBuffer) {
        pendingRequests -= 1
        send(message)
    }

    func finish(_ error: RESError, _ id: UInt64) {
        finish(ClientMessage.error(id: id, error))
    }

    private func reply(_ error: RESError, to id: UInt64) {
        send(ClientMessage.error(id: id, error))
    }

    func send(_ message: consuming ByteBuffer) {
        if context.observer != nil { observe(answer: copy message) }
        output?.send(message)
    }

    private func negotiate(_ text: String?, _ id: UInt64) {
        if let text {
            do throws(RESError) {
                version = try ProtocolVersion(parsing: text)
            } catch {
                return reply(error, to: id)
            }
        }
        send(
            ClientMessage.result(id: id) { message in
                message.writeStaticString("{\"protocol\":")
                message.writeJSON(ProtocolVersion.currentText)
                message.writeStaticString("}")
            }
        )
    }
}

// MARK: - Subscribe, get, unsubscribe

extension ClientSession {
    private func subscribe(_ rid: String, _ id: UInt64) {
        guard let subscription = subscribeDirectly(rid) else {
            return finish(.subscriptionLimitExceeded, id)
        }
        whenReadable(subscription) { [self] denial, resources in
            if let error = denial ?? subscription.failure {
                dropDirect(subscription)
                return finish(error, id)
            }
            confirmDirect(subscription)
            finish(ClientMessage.result(id: id) { ClientSession.writeSet(resources, into: &$0) })
        }
    }

    private func get(_ rid: String, _ id: UInt64) {
        guard let subscription = freshSubscription(for: rid) else {
            return finish(.subscriptionLimitExceeded, id)
        }
        subscription.pins += 1
        whenReadable(subscription) { [self] denial, resources in
            if let error = denial ?? subscription.failure {
                finish(error, id)
            } else {
                finish(ClientMessage.result(id: id) { ClientSession.writeSet(resources, into: &$0) })
            }
            subscription.pins -= 1
            orphans.append(subscription)
        }
    }

    private func unsubscribe(_ rid: String, count: Int, _ id: UInt64) {
        guard let subscription = subscriptions[rid], subscription.direct >= count else {
            return reply(.noSubscription, to: id)
        }
        subscription.direct -= UInt16(count)
        subscription.directSent -= min(subscription.directSent, UInt16(count))
        collect(subscription)
        send(ClientMessage.done(id: id))
    }

    /// Subscribes directly; nil at the limit. The client is told later, by `confirmDirect`.
    func subscribeDirectly(_ rid: String) -> Subscription? {
        if let known = subscriptions[rid], known.direct >= context.limits.maximumDirectSubscriptions {
            return nil
        }
        guard let subscription = freshSubscription(for: rid) else { return nil }
        subscription.direct += 1
        return subscription
    }

    /// The client is being told of a direct subscription.
    func confirmDirect(_ subscription: Subscription) {
        subscription.directSent = min(subscription.directSent + 1, subscription.direct)
    }

    /// Takes back a direct subscription that the client was not told of.
    func dropDirect(_ subscription: Subscription) {
        guard subscription.direct > 0 else { return }
        subscription.direct -= 1
        subscription.directSent = min(subscription.directSent, subscription.direct)
        orphans.append(subscription)
    }

    /// Waits until the client may read a resource, and it and all that follows is there.
    ///
    /// - Parameter completion: runs once, with why the resource may not be read, or with what the client does not have.
    func whenReadable(
        _ subscription: Subscription,
        _ completion: @escaping (_ denial: RESError?, _ resources: ResourceSet) -> Void
    ) {
        requestAccess(subscription) { [self] access in
            if let denial = access.getDenial { return completion(denial, ResourceSet()) }
            whenReady([subscription]) { completion(nil, $0) }
        }
    }

    static func writeSet(_ resources: ResourceSet, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{")
        resources.writeMembers(into: &buffer)
        buffer.writeStaticString("}")
    }
}

extension Subscription {
    /// Why a request for the resource fails: it could not be had, or was unsubscribed meanwhile.
    var failure: RESError? {
        switch state {
        case .failed: work?.error ?? .internalError
        case .disposed: .disposedSubscription
        case .deleted: work?.error
        case .loading, .loaded, .sent: nil
        }
    }
}
