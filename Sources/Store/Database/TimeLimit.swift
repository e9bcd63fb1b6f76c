import CSQLite
import Glibc

/// Ends statements that run too long (SQLite's progress handler): a mistake of one client must not keep the others waiting.
///
/// Time counts from the first steps of a statement that is not short, so that short ones never look at a clock.
final class TimeLimit {
    /// Steps of SQLite's virtual machine between two looks: some tens of microseconds.
    private static let steps: Int32 = 4000

    /// How long, in nanoseconds; nil for as long as it takes.
    private var limit: UInt64?
    private var end: UInt64?
    private let connection: SQLiteConnection

    /// The limit must live as long as the connection is used.
    init(_ connection: SQLiteConnection) {
        self.connection = connection
        // An unretained reference: `deinit` removes the handler before it dangles.
        sqlite3_progress_handler(
            connection.handle,
            TimeLimit.steps,
            { context in
                guard let context else { return 0 }
                return Unmanaged<TimeLimit>.fromOpaque(context).takeUnretainedValue().isOver ? 1 : 0
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    deinit { sqlite3_progress_handler(connection.handle, 0, nil, nil) }

    /// From here on a request has its time; 0 milliseconds are no limit.
    func begin(milliseconds: UInt64) {
        limit = milliseconds == 0 ? nil : milliseconds * 1_000_000
        end = nil
    }

    /// What follows has no limit.
    func stop() { limit = nil }

    private var isOver: Bool {
        guard let limit else { return false }
        let now = TimeLimit.now()
        guard let end else {
            self.end = now + limit
            return false
        }
        return now > end
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
