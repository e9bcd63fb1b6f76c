/// When to try again after a connection is lost or could not be made.
///
/// The first attempt follows almost at once; the pause doubles with every further one, up to a ceiling. A
/// random part
/// keeps the clients of a server that went away from coming back all in the same instant. Attempts never end,
/// unless
/// the server refuses the credentials.
package struct ReconnectPolicy: Sendable {
    /// The pause, at most, before the first attempt.
    package var shortest: Duration = .milliseconds(50)
    /// The pause, at most, before any attempt.
    package var ceiling: Duration = .seconds(2)
    /// How often in a row the credentials may be refused before the client gives up.
    package var maximumRefusals = 2

    private var attempts = 0
    private var refusals = 0
    private var hasBeenConnected = false
    private var connectedSince: Duration?

    /// What to do next.
    package enum Decision: Hashable, Sendable {
        /// Try again after this time.
        case retry(after: Duration)
        /// The server refuses for good.
        case giveUp
    }

    package init() {}

    /// The connection stands, at this time on any clock that does not go back.
    package mutating func connected(at now: Duration) {
        hasBeenConnected = true
        connectedSince = now
        refusals = 0
    }

    /// The connection was lost; one that stood for less than the ceiling counts as another failed attempt.
    ///
    /// - Parameter random: a number from 0 up to 1, without 1.
    package mutating func connectionLost(at now: Duration, random: Double) -> Decision {
        if let since = connectedSince, now - since >= ceiling { attempts = 0 }
        connectedSince = nil
        return retry(random: random)
    }

    /// An attempt failed.
    ///
    /// - Parameter isRefusal: whether the server answered and did not accept the credentials.
    package mutating func attemptFailed(isRefusal: Bool, random: Double) -> Decision {
        refusals = isRefusal ? refusals + 1 : 0
        if refusals >= (hasBeenConnected ? maximumRefusals : 1) { return .giveUp }
        return retry(random: random)
    }

    private mutating func retry(random: Double) -> Decision {
        let longest = min(ceiling, shortest * (1 << min(attempts, 20)))
        attempts += 1
        return .retry(after: longest * (0.5 + random / 2))
    }
}
