import NIOCore

/// Output: what is written leaves at the end of a read, or at once, by the socket itself as far as that takes it and the
/// channel has nothing to write; the rest by the channel.
extension ConnectionHandler {
    /// Bytes that are gathered for one write.
    private static let maximumGathered = 64 << 10

    /// Takes bytes to write; they leave with the next flush.
    func write(_ bytes: ByteBuffer) {
        needsFlush = true
        guard socket != nil else {
            context?.write(wrapOutboundOut(bytes), promise: nil)
            return
        }
        let gathered = waiting?.readableBytes ?? 0
        if gathered > 0, gathered + bytes.readableBytes <= ConnectionHandler.maximumGathered {
            waiting?.writeImmutableBuffer(bytes)
        } else {
            sendWaiting()
            waiting = bytes
        }
    }

    /// Lets written bytes leave: at once, or at the end of the read that is going on.
    func flush() {
        if !isInRead { flushNow() }
    }

    /// Lets written bytes leave at once.
    func flushNow() {
        needsFlush = false
        if socket == nil { context?.flush() } else { sendWaiting() }
    }

    /// Writes bytes and lets them leave at once.
    func writeNow(_ bytes: ByteBuffer) {
        needsFlush = false
        guard socket != nil else {
            context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
            return
        }
        sendWaiting()
        send(bytes)
    }

    private func sendWaiting() {
        if let bytes = waiting.take() { send(bytes) }
    }

    private func send(_ bytes: ByteBuffer) {
        guard let context, let socket else { return }
        var rest = bytes
        if channelWrites == 0 {
            rest.moveReaderIndex(forwardBy: socket.send(rest))
            if rest.readableBytes == 0 { return }
        }
        channelWrites += 1
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.channelWrites -= 1 }
        context.writeAndFlush(wrapOutboundOut(rest), promise: written)
    }
}
