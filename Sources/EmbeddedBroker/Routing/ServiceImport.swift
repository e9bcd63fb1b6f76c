import DequeModule

/// A service of another account: takes requests of this account over to it, and brings the answers back.
///
/// Each request that wants answers gets a reply subject of its own in the other account, which lasts until the answers
/// have come or their time is over.
final class ServiceImport: Receiver {
    /// How many requests may wait for answers; the oldest are given up beyond that.
    static let maximumPending = 65_536
    /// How long answers may take when the export says nothing.
    static let defaultThreshold: Duration = .seconds(120)

    private struct Pending {
        let subscription: Subscription
        let deadline: Moment
    }

    /// The pattern as this account calls it.
    let localSubject: String
    private let transform: SubjectTransform?
    private let answers: BrokerExport.Answers
    private let threshold: Duration
    private let shares: Bool
    private unowned let router: Router
    private var pending = Deque<Pending>()

    /// - Parameters:
    ///   - exporter: the other account.
    ///   - subject: as the other account calls it.
    ///   - localSubject: as this account calls it.
    init(
        from exporter: Account,
        subject: String,
        localSubject: String,
        export: BrokerExport,
        shares: Bool,
        router: Router
    ) throws(SubjectTransform.Problem) {
        let transform = try SubjectTransform(from: localSubject, to: subject, usesEveryWildcard: true)
        self.transform = localSubject == subject ? nil : transform
        self.localSubject = localSubject
        if case .service(let answers) = export.kind { self.answers = answers } else { answers = .singleton }
        threshold = export.responseThreshold ?? ServiceImport.defaultThreshold
        self.shares = shares
        self.router = router
        super.init(account: exporter)
    }

    /// The subscription in the account that imports.
    func makeSubscription(in importer: Account) -> Subscription {
        Subscription(
            pattern: Array(localSubject.utf8),
            queue: [],
            sid: SubscriptionID(number: 0),
            receiver: self,
            account: importer
        )
    }

    /// Gives up all requests.
    func close() {
        for entry in pending { router.remove(entry.subscription) }
        pending = []
    }

    override func deliver(_ publication: inout Publication, to subscription: Subscription) -> Bool {
        publication.encode()
        var subject = publication.subjectBytes
        if let transform {
            guard let renamed = transform.applied(to: subject.span) else { return false }
            subject = renamed
        }
        dropExpired()
        let response =
            publication.frame.reply.isEmpty ? nil : expectAnswers(to: publication, in: subscription.account)
        let information = router.requestInformation(from: subscription.account, isShared: shares)
        var forwarded = publication.readdressed(
            to: subject,
            reply: response?.pattern ?? [],
            adding: (name: "Nats-Request-Info", value: information)
        )
        let isDelivered = router.publish(&forwarded, in: account, from: self)
        if !isDelivered, let response {
            router.remove(response)
            if pending.last?.subscription === response { pending.removeLast() }
        }
        return isDelivered
    }

    private func expectAnswers(to publication: borrowing Publication, in importer: Account) -> Subscription {
        let inbox = router.makeServiceReply()
        let receiver = ServiceAnswers(
            reply: publication.replyBytes,
            requester: importer,
            exporter: account,
            endsWithEmpty: answers == .chunked,
            router: router
        )
        let subscription = Subscription(
            pattern: inbox,
            queue: [],
            sid: SubscriptionID(number: 0),
            receiver: receiver,
            account: account
        )
        if answers == .singleton { subscription.limit(to: 1) }
        router.insert(subscription)
        pending.append(Pending(subscription: subscription, deadline: router.now + threshold))
        if pending.count > ServiceImport.maximumPending, let oldest = pending.popFirst() {
            router.remove(oldest.subscription)
        }
        return subscription
    }

    /// Gives up requests whose time is over, and forgets those that are answered.
    private func dropExpired() {
        while let first = pending.first, !first.subscription.isActive || first.deadline <= router.now {
            router.remove(first.subscription)
            pending.removeFirst()
        }
    }
}

/// Brings the answers to one request back to the account it came from.
final class ServiceAnswers: Receiver {
    private let reply: [UInt8]
    private unowned let requester: Account
    private let endsWithEmpty: Bool
    private unowned let router: Router

    init(reply: [UInt8], requester: Account, exporter: Account, endsWithEmpty: Bool, router: Router) {
        self.reply = reply
        self.requester = requester
        self.endsWithEmpty = endsWithEmpty
        self.router = router
        super.init(account: exporter)
    }

    override func deliver(_ publication: inout Publication, to subscription: Subscription) -> Bool {
        publication.encode()
        var answer = publication.readdressed(to: reply)
        let isDelivered = router.publish(&answer, in: requester, from: self)
        // The only answer is the last one, also when who asked has gone.
        let isLast = endsWithEmpty && publication.frame.size == publication.frame.headerSize
        if isLast || subscription.maximum == 1 { router.remove(subscription) }
        return isDelivered
    }
}
