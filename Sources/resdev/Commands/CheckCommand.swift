import ArgumentParser
import RESProtocol
import Store

/// `resdev check`: says what a configuration would have served, and what is wrong with it.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a configuration against its databases, and print what will be served.",
        usage: "resdev check [<source> ...] [options]",
        discussion: """
            Nothing is changed and nothing is served. The exit status is 1 when something is wrong.
            With --fields, every field of a configuration file is printed instead.
            """
    )

    @Argument(
        help: ArgumentHelp("Databases to check; those of the file, if left out.", valueName: "source")
    )
    var source: [String] = []

    @Flag(help: "Print every field of a configuration file with what it means.")
    var fields = false

    @OptionGroup(title: "Configuration options") var file: ConfigurationOptions

    func run() throws {
        if fields {
            StandardOutput.write(ConfigurationReference.text)
            return
        }
        let configuration = try ResdevConfiguration.load(file.config)
        let sources = source.map { ServerPlan.Source(path: $0, databaseFile: nil, name: nil) }
        let databases = try configuration.stores(of: sources)
        guard !databases.isEmpty else {
            throw StartFailure(
                "there is nothing to check",
                remedy: "name a database, or a file with databases by --config"
            )
        }
        if let path = configuration.file?.path { StandardOutput.write("\(path) is well-formed\n") }
        var failures: [StoreError] = []
        for database in databases {
            do throws(StoreError) {
                let report = try StoreReport.of(database)
                let warnings = report.warnings.map { "  warning: " + $0 }
                StandardOutput.write(
                    ([report.title] + report.lines + warnings).joined(separator: "\n") + "\n"
                )
            } catch {
                failures.append(error)
            }
        }
        guard let first = failures.first else { return }
        for failure in failures.dropFirst() { StandardError.write("resdev: \(failure)\n") }
        throw StartFailure(first.message, remedy: first.remedy)
    }
}

/// Where the configuration is.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "File with settings, read anew when it changes and on SIGHUP (default: resdev.conf, if there is one).",
            valueName: "file"
        )
    )
    var config: String?
}

extension ResdevConfiguration {
    /// The stores of sources given on the command line, each with the settings of the database of its name; those of the
    /// file where none is given.
    func stores(of sources: [ServerPlan.Source]) throws(StartFailure) -> [StoreConfiguration] {
        guard !sources.isEmpty else { return databases }
        return sources.map { source in
            var store =
                databases.first { $0.name == source.serviceName }
                ?? StoreConfiguration(path: source.path, name: source.serviceName)
            store.path = source.path
            store.databaseFile = source.databaseFile ?? store.databaseFile
            store.createsFile = source.creates || store.createsFile
            store.convertsToWAL = source.convertsToWAL || store.convertsToWAL
            store.durability = source.durability ?? store.durability
            return store
        }
    }
}
