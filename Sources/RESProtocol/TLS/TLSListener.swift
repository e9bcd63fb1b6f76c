package import NIOCore
package import NIOSSL

/// What the connections of one TLS listener share: how they begin, and how many may be beginning at a time.
///
/// Belongs to the listener's event loop.
package final class TLSListener {
    /// When TLS begins on a connection.
    package enum Opening: Sendable, Hashable {
        /// With the client's first bytes; the server speaks when TLS stands.
        case first
        /// With the client's first bytes, for which the server waits that long; then it greets the client in the clear,
        /// and TLS begins after that.
        case firstWithin(TimeAmount)
        /// After the server has greeted the client in the clear.
        case afterGreeting
        /// After the greeting if the client begins it, which it may leave.
        case optional
    }

    /// Handshakes that may be under way at one time; the connections of more are closed.
    package static let maximumPending = 4_096

    /// For handshakes from now on.
    package var context: NIOSSLContext
    package let opening: Opening
    /// How long a client may take until TLS stands.
    package let timeout: TimeAmount
    /// Digests of public keys that clients may have; empty for any.
    package var pinnedKeys: Set<String> = []
    /// Handshakes that may begin within a second; nil for any number.
    package var maximumPerSecond: Int?
    /// What a client is told that speaks HTTP without TLS; nil for nothing.
    package var plaintextAnswer: ByteBuffer?
    /// What a client is told that comes when too many handshakes began within the second; nil for nothing.
    package var throttleAnswer: ByteBuffer?
    /// Told why a handshake failed.
    package var onFailure: ((_ reason: String) -> Void)?

    private var pending: [ObjectIdentifier: TLSGate] = [:]
    private var second = NIODeadline.uptimeNanoseconds(0)
    private var begunInSecond = 0

    package init(context: NIOSSLContext, opening: Opening = .first, timeout: TimeAmount = .seconds(10)) {
        self.context = context
        self.opening = opening
        self.timeout = timeout
    }

    /// Handshakes under way.
    package var pendingCount: Int { pending.count }

    /// Closes the connections whose handshakes are under way, since the listener stops.
    package func closePending() {
        for gate in Array(pending.values) { gate.close() }
    }

    /// Notes that a handshake is due; false when there are too many.
    func begins(_ gate: TLSGate) -> Bool {
        guard pending.count < TLSListener.maximumPending else { return false }
        pending[ObjectIdentifier(gate)] = gate
        return true
    }

    /// Notes that one is over, however it ended.
    func ends(_ gate: TLSGate) {
        pending[ObjectIdentifier(gate)] = nil
    }

    /// Whether one more handshake may begin within this second.
    func mayBegin(at now: NIODeadline) -> Bool {
        guard let maximumPerSecond else { return true }
        if now - second >= .seconds(1) {
            second = now
            begunInSecond = 0
        }
        begunInSecond += 1
        return begunInSecond <= maximumPerSecond
    }
}
