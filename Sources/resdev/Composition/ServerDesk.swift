import Glibc
import Logging
import NIOCore

/// What the main thread does while a server runs: signals and keys come here, and are seen to one after the other.
final class ServerDesk {
    /// Why a server is to stop.
    enum Reason: Equatable {
        case signal(Int32)
        /// The key for it.
        case key
        /// The terminal is gone.
        case hangUp
        /// The command beside it has ended, with this status.
        case companion(Int32)

        /// What the command beside the server is ended by.
        var signal: Int32 {
            switch self {
            case .signal(let number): number
            case .hangUp: SIGHUP
            case .key, .companion: SIGTERM
            }
        }
    }

    private let plan: ServerPlan
    private let roles: Roles
    private let eventLoop: any EventLoop
    private let addresses: ServerAddresses
    private let reload: ConfigurationReload?
    private let style = TerminalStyle(inColour: StandardOutput.showsColour)
    private var hotKeys = HotKeys()

    init(_ plan: ServerPlan, _ roles: Roles, on eventLoop: any EventLoop, at addresses: ServerAddresses) {
        self.plan = plan
        self.roles = roles
        self.eventLoop = eventLoop
        self.addresses = addresses
        reload = plan.configuration.flatMap {
            ConfigurationReload($0, sources: plan.sources, logger: plan.logger)
        }
    }

    /// Works until there is a reason to stop.
    func work(_ signals: ServerSignals, _ keys: TerminalKeys?, _ companion: Companion?) -> Reason {
        if let keys {
            keys.activate()
            say(style.dim("press h for help, q to quit"))
        }
        while true {
            switch signals.next(reloads: reload != nil) {
            case .stop(let number): return .signal(number)
            case .reload:
                // A shell tells so also that its terminal is closed.
                if let keys, keys.take() == nil { return .hangUp }
                readConfiguration(isAsked: true)
            case .look:
                readConfiguration(isAsked: false)
                guard let pressed = keys?.take() ?? (keys == nil ? [] : nil) else { return .hangUp }
                for key in pressed where hotKeys.pressed(key).map(perform) == false { return .key }
            case .child:
                guard let companion else {
                    while waitpid(-1, nil, WNOHANG) > 0 {}
                    continue
                }
                companion.reap()
                guard let status = companion.status else { continue }
                plan.logger.notice(
                    "the command has ended",
                    metadata: ["command": "\(companion.command.title)", "status": "\(status)"]
                )
                return .companion(status)
            case .suspend:
                keys?.restore()
                companion?.send(SIGTSTP)
                // Not by `kill`, which may come back before the process is stopped.
                raise(SIGSTOP)
            case .resume:
                keys?.activate()
                companion?.send(SIGCONT)
            case .forward(let number): companion?.send(number)
            }
        }
    }

    private func readConfiguration(isAsked: Bool) {
        reload?.reload(isAsked: isAsked) { [roles, eventLoop] configuration in
            let answer = eventLoop.makeFutureWithTask { await roles.reconfigure(configuration) }
            return (try? answer.wait()) ?? nil
        }
    }

    /// Does what a key asks for; false when the server is to stop.
    private func perform(_ action: HotKeys.Action) -> Bool {
        switch action {
        case .quit: return false
        case .help: StandardError.write(HotKeys.help(style))
        case .line: StandardError.write("\n")
        case .open: say(open())
        case .askReset: say("press r once more to reset the data")
        case .latency, .drop, .reset:
            let answer = eventLoop.makeFutureWithTask { [roles] in await roles.perform(action) }
            for line in (try? answer.wait()) ?? [] { say(line) }
        }
        return true
    }

    private func open() -> String {
        guard let http = addresses.http else { return "there is no page: no gateway runs here" }
        return Browser.open("\(http)/")
            ? "opening \(http)/" : "no program was found that opens pages; the page is \(http)/"
    }

    /// Tells the person at the terminal something.
    private func say(_ line: String) { StandardError.write("  \(line)\n") }
}
