import Logging
import NIOCore
import RESProtocol
import Store

/// Reads the configuration again while the server runs, and takes over what has changed.
///
/// What is wrong leaves everything as it was. Used by the main thread alone.
final class ConfigurationReload {
    private var configuration: ResdevConfiguration
    private let sources: [ServerPlan.Source]
    private let path: String
    private let logger: Logger
    private let watch: ConfigurationWatch?
    /// Why the file was not taken over the last time; told once, however often the folder's files change.
    private var failure = ""

    /// Fields of a database that count when it is opened.
    private static let ofOpening: Set<String> = [
        "file", "db", "name", "wal", "read_only", "durability", "generic",
    ]

    /// - Returns: nil when no file was read, so that none can be read again.
    init?(_ configuration: ResdevConfiguration, sources: [ServerPlan.Source], logger: Logger) {
        guard let file = configuration.file else { return nil }
        self.configuration = configuration
        self.sources = sources
        self.logger = logger
        path = file.path
        watch = ConfigurationWatch(file.path)
    }

    /// Reads the file again.
    ///
    /// - Parameters:
    ///   - isAsked: whether somebody asks for it, and wants to know also when nothing has changed.
    ///   - apply: takes over the settings of a store; gives the reason why it does not.
    func reload(isAsked: Bool, apply: (StoreConfiguration) -> StoreError?) {
        guard watch?.drain() == true || isAsked else { return }
        let next: ResdevConfiguration
        let stores: [StoreConfiguration]
        do throws(StartFailure) {
            next = try ResdevConfiguration.load(file: path)
            stores = try next.stores(of: sources)
        } catch {
            defer { failure = error.message }
            guard isAsked || error.message != failure else { return }
            return logger.error(
                "the configuration is kept as it was",
                metadata: ["reason": "\(error.message)"]
            )
        }
        failure = ""
        guard let old = configuration.file?.map, let new = next.file?.map else { return }
        let difference = ConfigurationDifference.lines(from: old, to: new)
        guard !difference.isEmpty else {
            if isAsked { logger.info("the configuration has not changed") }
            return
        }
        // A database that has come, or gone, is so from the next start on.
        let served = Set(configuration.databases.map(\.name) + sources.map(\.serviceName))
        var taken: Set<String> = []
        for store in stores where served.contains(store.name) {
            guard let failure = apply(store) else {
                taken.insert(store.name)
                continue
            }
            let former = (try? configuration.stores(of: sources)) ?? []
            for store in former where taken.contains(store.name) { _ = apply(store) }
            return logger.error(
                "the configuration is kept as it was",
                metadata: ["database": "\(store.name)", "reason": "\(failure)"]
            )
        }
        configuration = next
        for (path, line) in difference {
            if ConfigurationReload.needsRestart(path) {
                logger.warning("changed, and counts from the next start on", metadata: ["field": "\(line)"])
            } else {
                logger.notice("changed", metadata: ["field": "\(line)"])
            }
        }
    }

    /// Whether a field counts at the start alone.
    static func needsRestart(_ path: String) -> Bool {
        let parts = path.split(separator: ".").map { $0.lowercased() }
        guard parts.count > 2, parts[0] == "databases" else { return true }
        return ofOpening.contains(parts[2])
    }
}
