/// Tells the time of the calendar at the moments of a clock that only counts, and the other way round.
struct WallClock: Equatable {
    /// From the beginning of 1970 to the moment zero, in nanoseconds.
    private let offset: Int64

    /// - Parameter time: the time of the calendar at `moment`.
    init(_ time: WallTime, at moment: Moment) {
        offset = time.nanoseconds - moment.nanoseconds
    }

    /// The time at a moment, as RFC 3339 writes it.
    func timestamp(_ moment: Moment) -> String {
        WallTime(nanoseconds: moment.nanoseconds + offset).text
    }

    /// The moment of a time.
    func moment(of time: WallTime) -> Moment {
        Moment(nanoseconds: time.nanoseconds - offset)
    }
}
