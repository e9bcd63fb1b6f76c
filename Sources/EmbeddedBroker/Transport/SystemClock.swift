extension WallClock {
    /// The system's time, as it is now, for the event loops' clock.
    static var system: WallClock { WallClock(.now, at: .now) }
}
