package import struct NIOCore.ByteBuffer
package import protocol NIOCore.EventLoop
package import class NIOCore.EventLoopFuture

/// The seam between the roles: gateway and store know each other, and every service, by this alone.
///
/// A bus belongs to one event loop: every method is called on it and every closure runs on it. What one
/// publisher
/// sends arrives at a receiver in that order, across all of the receiver's subscriptions. A closure never
/// runs
/// inside a call of `publish`, `subscribe` or `unsubscribe`, so its owner may change its own state while it
/// calls.
package protocol MessageBus: AnyObject {
    /// The loop that owns the bus.
    var eventLoop: any EventLoop { get }

    /// Largest payload and header block, together, that `publish` accepts, in bytes.
    var maximumPayload: Int { get }

    /// Sends a message to every matching subscription, and to one member of each matching queue group.
    ///
    /// A message over `maximumPayload` is not sent. While an external bus is disconnected, messages are not
    /// kept.
    /// - Returns: whether the bus took the message.
    @discardableResult
    func publish(_ message: Message) -> Bool

    /// Asks for messages until `unsubscribe`; members of one queue group share them.
    func subscribe(
        to pattern: SubjectPattern,
        queue: String?,
        receive: @escaping (Message) -> Void
    ) -> BusSubscription

    /// Ends a subscription. Its closure does not run again, not even for what was published before.
    func unsubscribe(_ subscription: BusSubscription)

    /// Asks to be told whenever the connection is lost or back. An embedded bus never calls it.
    func observeState(_ observer: @escaping (BusState) -> Void)

    /// Completes when everything published before has been handed over: to the subscribers of this process,
    /// or to the server.
    func flush() -> EventLoopFuture<Void>

    /// Ends all subscriptions and the connection.
    func close() -> EventLoopFuture<Void>
}

extension MessageBus {
    /// Sends a payload without headers.
    @discardableResult
    package func publish(_ subject: Subject, reply: Subject? = nil, payload: ByteBuffer) -> Bool {
        publish(Message(subject: subject, reply: reply, payload: payload))
    }

    /// Asks for messages outside any queue group.
    package func subscribe(
        to pattern: SubjectPattern,
        receive: @escaping (Message) -> Void
    ) -> BusSubscription {
        subscribe(to: pattern, queue: nil, receive: receive)
    }
}

/// Names one subscription of one bus.
package struct BusSubscription: Hashable, Sendable {
    /// Unique within its bus.
    package let id: UInt64

    package init(id: UInt64) {
        self.id = id
    }
}

/// What an external bus tells of its connection.
package enum BusState: Hashable, Sendable {
    /// The connection is gone; messages published by others since then are lost.
    case disconnected(reason: String)
    /// The connection is back and every subscription is in force again.
    case reconnected
    /// The server refuses for good (credentials, protocol); no further attempt is made.
    case failed(reason: String)
}
