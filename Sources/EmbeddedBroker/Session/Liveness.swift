/// Whether a client still answers: when it was last heard, and which PING are open.
struct Liveness: Equatable {
    /// When something last arrived from it.
    private(set) var lastReceived: Moment?
    /// The time a PING took to be answered, once one was.
    private(set) var roundTrip: Duration?
    /// How many PING are not answered.
    private(set) var outstanding = 0
    private var lastPing: Moment?
    private var now: Moment?

    /// Something arrived.
    mutating func received(at now: Moment) {
        lastReceived = now
        self.now = now
    }

    /// A PONG was in what arrived.
    mutating func ponged() {
        outstanding = 0
        guard let lastPing, let now else { return }
        roundTrip = now - lastPing
    }

    /// What to do when the time to ask has come.
    enum Check: Equatable {
        /// It was active; there is nothing to ask.
        case skip
        case sendPing
        /// Too many PING went unanswered.
        case stale
    }

    /// The ping interval has passed.
    mutating func intervalPassed(at now: Moment, interval: Duration, maximumOutstanding: Int) -> Check {
        // The first PING is sent in any case, for the round trip to be known.
        if roundTrip != nil, let lastReceived, now - lastReceived < interval { return .skip }
        guard outstanding < maximumOutstanding else { return .stale }
        outstanding += 1
        lastPing = now
        return .sendPing
    }
}
