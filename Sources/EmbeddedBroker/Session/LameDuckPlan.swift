/// How clients are sent away one after the other within a given time.
struct LameDuckPlan: Equatable {
    /// The longest time between two of them.
    static let longestInterval: Duration = .seconds(1)
    /// The shortest time between two steps; where there are more clients than that allows, several go at once.
    static let shortestInterval: Duration = .milliseconds(1)

    /// How many go at once.
    let batch: Int
    /// The time between two steps.
    let interval: Duration

    /// - Parameter duration: within which all have gone.
    init(clients: Int, duration: Duration) {
        let steps = max(1, duration.nanoseconds / Self.shortestInterval.nanoseconds)
        let batch = max(1, (Int64(max(0, clients)) + steps - 1) / steps)
        let count = max(1, (Int64(max(0, clients)) + batch - 1) / batch)
        self.batch = Int(batch)
        let interval = Duration.nanoseconds(max(0, duration.nanoseconds) / count)
        self.interval = min(Self.longestInterval, max(Self.shortestInterval, interval))
    }
}
