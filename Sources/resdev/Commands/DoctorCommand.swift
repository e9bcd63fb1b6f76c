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
