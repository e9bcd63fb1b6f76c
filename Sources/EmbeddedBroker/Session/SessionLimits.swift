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

    /// From how many waiting bytes on those who publish to it are slowed down.
    var pressure: Int { pending / 4 * 3 }
}
