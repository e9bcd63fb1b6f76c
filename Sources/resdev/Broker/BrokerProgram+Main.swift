import EmbeddedBroker
import Glibc
import RESProtocol

extension BrokerProgram {
    /// The program that a process was called as: by its own name, or by its first argument.
    ///
    /// - Parameter words: the command line, the program's name first.
    /// - Returns: nil when the broker was not called, else as what, and the words that are for it.
    static func called(by words: [String]) -> (program: BrokerProgram, arguments: [String])? {
        let name = words.first?.split(separator: "/").last
        if name == "nats-server" { return (.natsServer, Array(words.dropFirst())) }
        guard words.count > 1 else { return nil }
        if words[1] == "broker" { return (.resdev, Array(words.dropFirst(2))) }
        if words.count > 2, words[1] == "help", words[2] == "broker" { return (.resdev, ["--help"]) }
        return nil
    }

    /// Does what the arguments ask for and ends the process.
    func main(_ arguments: [String]) -> Never {
        do {
            try perform(BrokerArguments.read(arguments, as: self))
            Glibc.exit(0)
        } catch {
            if !error.message.isEmpty { StandardError.write("\(name): \(error.message)\n") }
            if let remedy = error.remedy { StandardError.write("        \(remedy)\n") }
            Glibc.exit(1)
        }
    }

    private var name: String { self == .natsServer ? "nats-server" : "resdev" }

    private func perform(_ request: BrokerArguments.Request) throws(StartFailure) {
        switch request {
        case .run(let arguments): try BrokerProcess.run(arguments, as: self)
        case .check(let arguments):
            let settings = try BrokerSettings.load(arguments, as: self)
            try settings.checkTLS()
            for warning in settings.configuration.warnings { StandardError.write("\(name): \(warning)\n") }
            let file = settings.file.map { "\($0.path) is valid (\($0.digest))" } ?? ""
            StandardError.write("\(name): configuration file \(file)\n")
        case .help: StandardOutput.write(BrokerUsage.text(for: self))
        case .helpTLS: StandardOutput.write(BrokerUsage.tls)
        case .version:
            let natsServer = "nats-server: v\(EmbeddedBroker.compatibleVersion)\n"
            StandardOutput.write(self == .natsServer ? natsServer : "resdev \(resdevVersion)\n")
        case .signal(let signal):
            try BrokerSignalSender.send(signal, program: CommandLine.programName)
        case .misread(let problem): misread(problem)
        case .refused(let problem): throw StartFailure(problem)
        }
    }

    /// nats-server shows its usage and ends as if all were well.
    private func misread(_ problem: String) {
        guard self == .natsServer else {
            StandardError.write("Error: \(problem)\n")
            if let near = nearestFlag(to: problem) { StandardError.write("Did you mean '\(near)'?\n") }
            StandardError.write("Usage: resdev broker [options]\n")
            StandardError.write("  See 'resdev broker --help' for more information.\n")
            Glibc.exit(64)
        }
        StandardError.write("\(problem)\n")
        StandardOutput.write(BrokerUsage.text(for: self))
    }
}

extension BrokerProgram {
    /// The flag that was probably meant, where there is none of the name.
    private func nearestFlag(to problem: String) -> String? {
        let words = problem.split(separator: ": -")
        guard words.count == 2, words[0] == "flag provided but not defined" else { return nil }
        let names = BrokerFlag.allCases.flatMap(\.names).filter { $0.count > 2 }
        return String(words[1]).nearestMatch(among: names).map { "--\($0)" }
    }
}

extension CommandLine {
    /// The name under which the program was called, without folders.
    static var programName: String {
        arguments.first?.split(separator: "/").last.map(String.init) ?? "resdev"
    }
}
