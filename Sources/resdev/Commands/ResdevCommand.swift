import ArgumentParser
import Glibc
import RESProtocol

/// `resdev`: the command that holds all others.
struct ResdevCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resdev",
        abstract: "SQLite tables as a live API over HTTP, WebSocket and NATS.",
        discussion: """
            resdev                       the database of the directory, or a new one with a demo
            resdev -- npm run dev        the same, with a command that runs beside it
            resdev serve library.db      every table at http://localhost:8080/api/library, live
            resdev broker                a NATS-compatible broker alone
            resdev gateway --nats URL    a RES gateway on a NATS server
            resdev store FILE --nats URL a RES service of a SQLite file on a NATS server
            resdev watch library.books   a resource and its changes, in the terminal
            resdev import FILE --db FILE SQL, JSON or CSV into a SQLite file
            resdev export FILE           a SQLite file as SQL, JSON, CSV or a copy
            """,
        version: "resdev \(resdevVersion)",
        subcommands: [
            ServeCommand.self, BrokerCommand.self, GatewayCommand.self, StoreCommand.self, CheckCommand.self,
            PasswdCommand.self,
        ],
        groupedSubcommands: [
            CommandGroup(
                name: "Resources",
                subcommands: [GetCommand.self, WatchCommand.self, CallCommand.self, AuthCommand.self]
            ),
            CommandGroup(
                name: "Messages",
                subcommands: [PublishCommand.self, SubscribeCommand.self, RequestCommand.self]
            ),
            CommandGroup(
                name: "Tools",
                subcommands: [
                    BenchCommand.self, DoctorCommand.self, TypesCommand.self, RecordCommand.self,
                    ReplayCommand.self,
                ]
            ),
            CommandGroup(name: "Files", subcommands: [ImportCommand.self, ExportCommand.self]),
        ]
    )
}

extension ResdevCommand {
    /// Runs what the arguments ask for and ends the process: 0 after an orderly stop, 64 for wrong usage, else 1.
    static func main(withSuggestions given: [String]) -> Never {
        let arguments = completed(given)
        do {
            try checkCommandName(arguments)
            var command = try parseAsRoot(arguments)
            try command.run()
            Glibc.exit(0)
        } catch let failure as StartFailure {
            StandardError.write("resdev: \(failure.message)\n")
            if let remedy = failure.remedy { StandardError.write("        \(remedy)\n") }
            Glibc.exit(1)
        } catch {
            suggestOption(for: error, in: arguments)
            exit(withError: error)
        }
    }

    /// The arguments with the command's name, which is `serve` where there is none, and with the words behind `--` as
    /// options where they are a command to run.
    static func completed(_ given: [String]) -> [String] {
        let ofRoot = ["-h", "--help", "-help", "--help-hidden", "--version", "--experimental-dump-help"]
        let first = given.first ?? "--"
        let isServe =
            first.hasPrefix("-") && !ofRoot.contains(first)
            && !first.hasPrefix("--generate-completion-script")
        let arguments = isServe ? [ServeCommand._commandName] + given : given
        guard [ServeCommand._commandName, RecordCommand._commandName].contains(arguments.first),
            let end = arguments.firstIndex(of: "--")
        else { return arguments }
        return arguments[..<end] + arguments[(end + 1)...].map { "--\(ServeCommand.wordOption)=\($0)" }
    }

    /// Names the option whose beginning was taken for the whole; a slip of the finger is found by the parser itself.
    private static func suggestOption(for error: any Error, in arguments: [String]) {
        let message = message(for: error)
        guard message.hasPrefix("Unknown option '"), !message.contains("Did you mean") else { return }
        let unknown = message.split(separator: "'").dropFirst().first ?? ""
        let command = configuration.subcommands.first { $0._commandName == arguments.first } ?? Self.self
        let options = helpMessage(for: command).split { !($0.isLetter || $0 == "-") }
        guard let whole = options.first(where: { $0.hasPrefix(unknown) && $0.count > unknown.count }) else {
            return
        }
        StandardError.write("Did you mean '\(whole)'?\n")
    }

    /// Refuses a first word that is no command, and names the one that was probably meant.
    private static func checkCommandName(_ arguments: [String]) throws {
        guard let word = arguments.first, !word.hasPrefix("-") else { return }
        let names = configuration.subcommands.map { $0._commandName } + ["help"]
        guard !names.contains(word) else { return }
        var message = "There is no command '\(word)'."
        if let near = word.nearestMatch(among: names) {
            message += " Did you mean 'resdev \(near)'?"
        } else if word.contains(".") {
            message += " Did you mean 'resdev serve \(word)'?"
        } else {
            message += " The commands are \(names.joined(separator: ", "))."
        }
        throw ValidationError(message)
    }
}
