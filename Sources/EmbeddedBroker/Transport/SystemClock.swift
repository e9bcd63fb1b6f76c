import Glibc
import NIOCore

extension WallClock {
    /// The system's time of day, as it is now, for the event loops' clock.
    static var system: WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallClock(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec), at: .now)
    }
}
