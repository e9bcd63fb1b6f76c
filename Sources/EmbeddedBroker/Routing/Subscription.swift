/// One subscription of one receiver.
///
/// Lives in its account's sublist and in its receiver's table, and is taken out of both when it ends.
final class Subscription {
    /// The pattern it asks for.
    let pattern: [UInt8]
    /// The name of its queue group; empty when it is in none.
    let queue: [UInt8]
    /// Its name within its receiver.
    let sid: SubscriptionID
    /// Who gets the messages.
    let receiver: Receiver
    /// The subject space it is in. Accounts live as long as their broker.
    unowned let account: Account
    /// What it subscribes to in other accounts, for the sake of imports.
    var shadows: ContiguousArray<Subscription> = []
    /// How many messages it has had.
    private(set) var delivered = 0
    /// After how many messages it ends; zero for never.
    private(set) var maximum = 0
    /// Whether it still is in force.
    private(set) var isActive = true
    /// Where it stands in the list it is in; kept by `SubscriberSet`.
    var position = 0

    init(pattern: [UInt8], queue: [UInt8], sid: SubscriptionID, receiver: Receiver, account: Account? = nil) {
        self.pattern = pattern
        hasWildcard = SubjectRules.hasWildcard(pattern.span)
        self.queue = queue
        self.sid = sid
        self.receiver = receiver
        self.account = account ?? receiver.account
    }

    /// Whether it asks for more than one subject.
    let hasWildcard: Bool

    /// Whether it has had as many messages as it asked for.
    @inline(__always)
    var isExhausted: Bool { maximum > 0 && delivered >= maximum }

    /// Counts a message.
    @inline(__always)
    func countDelivery() { delivered &+= 1 }

    /// Sets after how many messages, counted from its beginning, it ends.
    func limit(to maximum: Int) { self.maximum = maximum }

    /// Ends it: no message is delivered to it any more.
    func end() { isActive = false }
}
