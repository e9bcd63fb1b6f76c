import Logging
import Synchronization

/// The least serious records that are logged: one value for all loggers that are made with it.
final class LogThreshold: Sendable {
    private let index: Atomic<Int>

    init(_ level: Logger.Level) {
        index = Atomic(LogThreshold.index(of: level))
    }

    var level: Logger.Level { Logger.Level.allCases[index.load(ordering: .relaxed)] }

    /// Logs more, or less, from here on.
    func set(_ level: Logger.Level) { index.store(LogThreshold.index(of: level), ordering: .relaxed) }

    private static func index(of level: Logger.Level) -> Int {
        Logger.Level.allCases.firstIndex(of: level) ?? 0
    }
}
