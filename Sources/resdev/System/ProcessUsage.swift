import Glibc
import RESProtocol

/// What the process takes of the machine.
struct ProcessUsage: Equatable {
    /// User and system time so far, in microseconds.
    let cpuMicroseconds: Int
    /// Resident memory in bytes; nil where `/proc` does not tell.
    let memory: Int?

    static var current: ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let time = [usage.ru_utime, usage.ru_stime].map { Int($0.tv_sec) * 1_000_000 + Int($0.tv_usec) }
        let statm = try? TextFile.read("/proc/self/statm", maximumSize: 4096)
        let pages = statm?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return ProcessUsage(
            cpuMicroseconds: time.reduce(0, +),
            memory: pages.map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
        )
    }
}
