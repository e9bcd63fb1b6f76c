import RESProtocol

import struct NIOCore.ByteBuffer

/// Brings messages from those who publish to those who subscribe, on one loop.
final class Router {
    /// The account of clients that are in no other.
    let globalAccount: Account
    /// All accounts by name.
    private(set) var accounts: [String: Account]
    /// Who sent what is being handled; nil when it comes from this process.
    var publisher: ClientSession?
    /// When what is being handled arrived.
    var now = Moment(nanoseconds: 0)
    private let seed: UInt64
    private var random: SplitMix
    private var touched = ContiguousArray<ClientSession>()
    /// Those that are being flushed.
    private var flushing = ContiguousArray<ClientSession>()
    /// Bytes put into outboxes since they were last flushed.
    private var gatheredBytes = 0
    /// How many bytes are gathered before outboxes are flushed in the middle of a turn.
    private let gatherLimit: Int

    /// How many sessions a list of those touched keeps room for.
    private static let keptCapacity = 1_024

    /// Segments for outboxes.
    var pool = SegmentPool()
    /// A receiver that fell behind with the last message; whoever published it takes note.
    var pressed: Receiver?
    /// What clients that are gone have counted, and slow consumers.
    var statistics = TrafficStatistics()
    /// Called when the first outbox is touched outside of any turn that ends with `flush`.
    var wake: () -> Void = {}
    /// Whether a turn is going on that will end with `flush`.
    var isInTurn = false
    /// Who watches; nil while nobody does.
    var observer: (any TrafficObserver)?

    /// - Parameters:
    ///   - seed: for hashing and for choosing among the members of queue groups.
    ///   - gatherLimit: bounds the memory and the cache that one turn takes, in bytes.
    init(seed: UInt64, gatherLimit: Int = 1 << 20) {
        self.seed = seed
        globalAccount = Account(name: BrokerAccess.globalAccount, seed: seed)
        accounts = [globalAccount.name: globalAccount]
        random = SplitMix(seed: seed)
        self.gatherLimit = gatherLimit
    }

    /// How many subscriptions there are in all accounts.
    var subscriptionCount: Int { accounts.values.reduce(0) { $0 + $1.sublist.count } }

    /// The account of a name; made when there is none yet.
    func account(named name: String) -> Account {
        if let account = accounts[name] { return account }
        let account = Account(name: name, seed: seed)
        accounts[name] = account
        return account
    }

    /// Adds a subscription with a valid pattern.
    func insert(_ subscription: Subscription) {
        let account = subscription.account
        account.sublist.insert(subscription)
        if !account.streamImports.isEmpty { insertShadows(of: subscription) }
    }

    /// Subscribes in other accounts to what a subscription gets of them.
    func insertShadows(of subscription: Subscription) {
        for streamImport in subscription.account.streamImports {
            guard let pattern = streamImport.foreignPattern(for: subscription.pattern) else { continue }
            let receiver = StreamReceiver(
                for: subscription,
                in: subscription.account,
                transform: streamImport.transform,
                router: self
            )
            let shadow = Subscription(
                pattern: pattern,
                queue: subscription.queue,
                sid: subscription.sid,
                receiver: receiver,
                account: streamImport.exporter
            )
            subscription.shadows.append(shadow)
            insert(shadow)
        }
    }

    /// Takes back what `insertShadows` did.
    func removeShadows(of subscription: Subscription) {
        let shadows = subscription.shadows
        subscription.shadows = []
        for shadow in shadows { remove(shadow) }
    }

    /// Takes a subscription out; it gets no message any more, not even one that is on its way.
    func remove(_ subscription: Subscription) {
        guard subscription.isActive else { return }
        subscription.end()
        subscription.account.sublist.remove(subscription)
        if !subscription.shadows.isEmpty { removeShadows(of: subscription) }
    }

    /// Whether anyone in the global account subscribes to a subject.
    func hasInterest(in subject: borrowing Span<UInt8>) -> Bool {
        globalAccount.sublist.hasInterest(in: subject)
    }

    /// A receiver's own subscription to a subject, outside any queue group.
    func plainSubscription(of receiver: Receiver, to subject: borrowing Span<UInt8>) -> Subscription? {
        receiver.account.sublist.match(subject).plain.first { $0.receiver === receiver }
    }

    /// Delivers a message from a connection.
    ///
    /// - Returns: whether anyone got it.
    @inline(__always)
    func publish(
        _ frame: PublishFrame,
        subject: borrowing Span<UInt8>,
        of buffer: borrowing ByteBuffer,
        from publisher: ClientSession
    ) -> Bool {
        let account = publisher.account
        var isDelivered = false
        if account.mappings != nil {
            var publication = Publication(frame: frame, buffer: copy buffer)
            isDelivered = publish(&publication, in: account, from: publisher)
        } else {
            let match = account.sublist.match(subject)
            if !match.isEmpty {
                var publication = Publication(frame: frame, buffer: copy buffer)
                isDelivered = deliver(&publication, to: match, from: publisher)
            }
        }
        if observer != nil { observe(frame, of: buffer, from: publisher, isDelivered: isDelivered) }
        return isDelivered
    }

    /// Delivers a message from this process.
    ///
    /// - Returns: whether anyone got it.
    func publish(_ message: Message, from publisher: Receiver) -> Bool {
        var publication = Publication(message: message)
        let account = publisher.account
        if account.mappings != nil { return publish(&publication, in: account, from: publisher) }
        let match = account.sublist.match(message.subject.text.utf8Span.span)
        guard !match.isEmpty else { return false }
        return deliver(&publication, to: match, from: publisher)
    }

    /// Delivers a message in an account, rewritten as the account has it.
    ///
    /// - Returns: whether anyone got it.
    func publish(_ publication: inout Publication, in account: Account, from publisher: Receiver) -> Bool {
        publication.encode()
        let subject = publication.subjectBytes
        if let mappings = account.mappings {
            switch mappings.outcome(for: subject.span, random: Int(random.next(upperBound: UInt64(100)))) {
            case .unchanged: break
            case .dropped: return true
            case .renamed(let renamed):
                var moved = publication.readdressed(to: renamed)
                return deliver(&moved, to: account.sublist.match(renamed.span), from: publisher)
            }
        }
        return deliver(&publication, to: account.sublist.match(subject.span), from: publisher)
    }

    /// A reply subject for a request that goes over to another account.
    func makeServiceReply() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        var text = Array("_R_.".utf8)
        for _ in 0..<16 { text.append(digits[Int.random(in: digits.indices, using: &generator)]) }
        return text
    }

    private func deliver(
        _ publication: inout Publication,
        to match: MatchResult,
        from publisher: Receiver
    ) -> Bool {
        var isDelivered = false
        for index in match.plain.indices {
            if deliver(&publication, to: match.plain[index], from: publisher) { isDelivered = true }
        }
        for group in match.groups where deliver(&publication, to: group, from: publisher) {
            isDelivered = true
        }
        if gatheredBytes > gatherLimit { flush() }
        return isDelivered
    }

    /// Delivers to one member of a group, chosen at random among those who can take it.
    private func deliver(
        _ publication: inout Publication,
        to group: QueueGroup,
        from publisher: Receiver
    ) -> Bool {
        let members = group.members
        let first = members.count == 1 ? 0 : Int(random.next(upperBound: UInt64(members.count)))
        for index in 0..<members.count {
            let position = first + index < members.count ? first + index : first + index - members.count
            if deliver(&publication, to: members[position], from: publisher) { return true }
        }
        return false
    }

    /// Delivers to one subscription.
    @inline(__always)
    func deliver(
        _ publication: inout Publication,
        to subscription: Subscription,
        from publisher: Receiver
    ) -> Bool {
        guard subscription.isActive else { return false }
        let receiver = subscription.receiver
        if receiver === publisher, !receiver.wantsEcho { return false }
        // What it may not have does not count.
        guard receiver.deliver(&publication, to: subscription) else { return false }
        subscription.countDelivery()
        if subscription.isExhausted {
            receiver.forget(subscription)
            remove(subscription)
        }
        gatheredBytes &+= publication.frame.size &+ 32
        return true
    }

    // MARK: Flushing

    /// Notes that a session's outbox must be flushed at the end of the turn.
    @inline(__always)
    func touch(_ session: ClientSession) {
        guard !session.isTouched else { return }
        session.isTouched = true
        touched.append(session)
        if !isInTurn, touched.count == 1 { wake() }
    }

    /// Whether there is something to be flushed.
    var isFlushDue: Bool { !touched.isEmpty }

    /// Writes out what the turn has put into outboxes.
    func flush() {
        gatheredBytes = 0
        guard !touched.isEmpty, flushing.isEmpty else { return }
        // Two lists in turn, so that neither is allocated anew.
        swap(&touched, &flushing)
        var index = 0
        while index < flushing.count {
            let session = flushing[index]
            index += 1
            session.isTouched = false
            session.connection?.flushOutbox()
        }
        flushing.removeAll(keepingCapacity: index <= Router.keptCapacity)
    }
}
