import ArgumentParser
import Glibc
import Logging
import NIOCore
import RESProtocol
import Store

/// `resdev doctor`: looks for what would stand in the way, and says what to do.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look for what stands in the way, and say what to do about it.",
        discussion: "Ends with status 1 when something does."
    )

    @Argument(help: ArgumentHelp("Databases to look at.", valueName: "source"))
    var sources: [String] = []

    @OptionGroup(title: "Client options") var client: ClientOptions

    func run() throws {
        var findings = [
            Diagnosis.openFiles, Diagnosis.port(8080, for: "HTTP"), Diagnosis.port(4222, for: "NATS"),
        ]
        findings.append(gateway(try client.serverURL()))
        for source in sources { findings += Diagnosis.database(source) }
        let output = client.output
        output.write(findings.map { output.isJSON ? $0.json : $0.line(output.style) })
        if findings.contains(where: { $0.verdict == .bad }) { throw ExitCode(1) }
    }

    /// Whether a gateway answers.
    private func gateway(_ server: ServerURL) -> Finding {
        do {
            try ClientRun.run(client, server) { _, _ in }
            return Finding(.good, "a RES gateway answers at \(server)")
        } catch let failure as StartFailure {
            return Finding(.remark, failure.message, remedy: failure.remedy)
        } catch {
            return Finding(.remark, "no gateway at \(server): \(error)")
        }
    }
}

/// One thing that was looked at.
struct Finding: Equatable {
    enum Verdict: String {
        case good
        /// Worth knowing; nothing is broken.
        case remark
        case bad
    }

    let verdict: Verdict
    let message: String
    var remedy: String?

    init(_ verdict: Verdict, _ message: String, remedy: String? = nil) {
        self.verdict = verdict
        self.message = message
        self.remedy = remedy
    }

    /// For people, the remedy on a line of its own.
    func line(_ style: TerminalStyle) -> String {
        let sign =
            switch verdict {
            case .good: style.good("✓")
            case .remark: style.warning("!")
            case .bad: style.bad("✗")
            }
        return "\(sign) \(message)" + (remedy.map { "\n  \(style.dim($0))" } ?? "")
    }

    /// For programs.
    var json: String {
        var members = [
            ("verdict", JSONSlice(string: verdict.rawValue)), ("message", JSONSlice(string: message)),
        ]
        if let remedy { members.append(("remedy", JSONSlice(string: remedy))) }
        return JSONSlice.object(members).text
    }
}
