import Glibc

/// What the process takes of the machine.
struct ProcessUsage {
    private var lastTime: Moment
    private var lastUsed: Int64
    private var lastShare = 0.0

    /// How long processor time is gathered before the share is told anew.
    private static let interval: Duration = .seconds(1)

    /// - Parameter start: since when the first share is counted.
    init(start: Moment) {
        lastTime = start
        lastUsed = ProcessUsage.processorTime()
    }

    /// Processors that the system has.
    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Bytes of memory in use (resident set).
    static func memory() -> Int {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = read(descriptor, &bytes, bytes.count)
        let fields = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Processor time in per cent of one processor, since it was told last.
    mutating func processorShare(at now: Moment) -> Double {
        let elapsed = now - lastTime
        guard elapsed >= ProcessUsage.interval else { return lastShare }
        let used = ProcessUsage.processorTime()
        lastShare = (Double(used - lastUsed) / Double(elapsed.nanoseconds) * 1_000).rounded() / 10
        (lastTime, lastUsed) = (now, used)
        return lastShare
    }

    /// Processor time of the process so far, in nanoseconds.
    private static func processorTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
