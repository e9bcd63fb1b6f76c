/// What one client may use.
struct SessionLimits: Equatable, Sendable {
    /// Bytes of an operation's arguments.
    var controlLine = 4_096
    /// Bytes of header block and payload of a message.
    var payload = 1_048_576
    /// Bytes that may wait to be written to it.
    var pending = 67_108_864
    /// Subscriptions; zero for any number.
    var subscriptions = 0
    /// How many PING may go unanswered.
    var pingsOutstanding = 2

    /// Tokens of a subscription's subject; zero for any number.
    var subscriptionTokens = 0

    /// Takes smaller limits for these; nil is no limit.
    mutating func narrow(payload: Int?, subscriptions: Int?) {
        if let payload { self.payload = min(self.payload, payload) }
        guard let subscriptions else { return }
        self.subscriptions =
            self.subscriptions == 0 ? max(subscriptions, 0) : min(self.subscriptions, subscriptions)
    }

    /// From how many waiting bytes on those who publish to it are slowed down.
    var pressure: Int { pending / 4 * 3 }
}
