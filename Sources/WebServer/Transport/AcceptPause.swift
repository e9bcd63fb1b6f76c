import Glibc
package import NIOCore

/// What a listener does when the process has no file descriptors left: it pauses, and the system keeps who wants to connect.
///
/// Without it, the listener would be found readable again at once, without end. (NIO's `AcceptBackoffHandler` only holds
/// back further reads, and not the one that failed and still waits.)
package final class AcceptPause: ChannelInboundHandler {
    package typealias InboundIn = any Channel

    /// How long it pauses.
    private static let length = TimeAmount.milliseconds(100)

    private var isPaused = false

    /// Prepares the channel of a listener.
    package static func prepare(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(AcceptPause())
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What else goes wrong has closed the channel, or concerns one connection that has gone already.
        guard let failure = error as? IOError, failure.errnoCode != ECONNABORTED else {
            return context.fireErrorCaught(error)
        }
        guard context.channel.isActive, !isPaused, let options = context.channel.syncOptions else { return }
        isPaused = true
        try? options.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: AcceptPause.length) {
            self.isPaused = false
            try? options.setOption(.autoRead, value: true)
        }
    }
}
