extension ClientSession {
    /// The client had its time to present credentials.
    func missedAuthenticationDeadline() {
        guard parser.demandsConnect else { return }
        end(.authenticationTimeout, saying: .authenticationTimeout)
    }

    /// The client did not take what was written to it in time.
    func missedWriteDeadline() {
        guard !isClosed else { return }
        router.statistics.slowConsumers += 1
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
        case .stale: end(.staleConnection, saying: .staleConnection)
        }
    }
}
