package import NIOCore

/// What a listener does when the process has no file descriptors left: it pauses, and the system keeps who wants to connect.
///
/// Without it, the listener would be found readable again at once, without end.
package enum AcceptPause {
    /// How long it pauses.
    private static let length = TimeAmount.milliseconds(100)

    /// Prepares the channel of a listener.
    package static func prepare(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let handler = AcceptBackoffHandler(shouldForwardIOErrorCaught: false) { _ in length }
            try channel.pipeline.syncOperations.addHandler(handler)
        }
    }
}
