import Glibc

/// A request to a broker that runs in another process (`--signal`).
struct BrokerSignal: Equatable {
    /// What the other process is asked to do.
    enum Command: String, Equatable, CaseIterable {
        case stop, quit, term, reopen, reload, ldm

        /// The signal that asks for it.
        var number: Int32 {
            switch self {
            case .stop: SIGKILL
            case .quit: SIGINT
            case .term: SIGTERM
            case .reopen: SIGUSR1
            case .reload: SIGHUP
            case .ldm: SIGUSR2
            }
        }
    }

    /// Which process is meant.
    enum Target: Equatable {
        /// The only broker on this machine.
        case only
        /// The process with this id, or whose id this file holds.
        case named(String)
    }

    let command: Command
    let target: Target

    /// Reads `SIGNAL` or `SIGNAL=PID`.
    static func request(_ text: String) -> BrokerArguments.Request {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let command = Command(rawValue: String(parts[0])) else {
            let known = Command.allCases.map(\.rawValue).joined(separator: ", ")
            return .refused("unknown signal \"\(parts[0])\": it is one of \(known)")
        }
        guard parts.count == 2 else { return .signal(BrokerSignal(command: command, target: .only)) }
        return .signal(BrokerSignal(command: command, target: .named(String(parts[1]))))
    }
}
