import Logging

extension ClientSession {
    /// The client had its time to present credentials.
    func missedAuthenticationDeadline() {
        guard parser.demandsConnect else { return }
        log(.debug, ServerError.authenticationTimeout.text)
        end(.authenticationTimeout, saying: .authenticationTimeout)
    }

    /// The client did not take what was written to it in time.
    ///
    /// - Parameter deadline: how long it had.
    func missedWriteDeadline(_ deadline: Duration) {
        guard !isClosed else { return }
        router.statistics.slowConsumers += 1
        let time = DurationText.exact(deadline)
        log(
            .info,
            "Slow Consumer Detected: WriteDeadline of \(time) exceeded with \(outbox.pendingBytes) total bytes."
        )
        outbox.discard()
        end(.slowConsumerWriteDeadline)
    }

    /// It is time to see whether the client still is there.
    func pingIntervalPassed(at now: Moment, interval: Duration) {
        guard !isClosed else { return }
        let maximum = environment.limits.pingsOutstanding
        switch liveness.intervalPassed(at: now, interval: interval, maximumOutstanding: maximum) {
        case .skip: break
        case .sendPing: send("PING\r\n")
        case .stale:
            log(.debug, "Stale Client Connection - Closing")
            end(.staleConnection, saying: .staleConnection)
        }
    }
}
