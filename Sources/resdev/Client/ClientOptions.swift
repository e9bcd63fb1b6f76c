import ArgumentParser
import Glibc
import NIOCore
import RESProtocol

/// What every command that asks a gateway can be told.
struct ClientOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The gateway, as http://localhost:8080; RES_URL, if left out, else the local one.",
            valueName: "url"
        )
    )
    var server: String?

    @Option(
        help: ArgumentHelp(
            "Sent as 'Authorization: Bearer …' when the connection is made.",
            valueName: "token"
        )
    )
    var token: String?

    @Flag(help: "JSON lines, even on a terminal.")
    var json = false

    /// The server that the options name.
    func serverURL() throws(StartFailure) -> ServerURL {
        if let server { try ServerURL(server) } else { try .fromEnvironment() }
    }

    /// How to write for who reads the output.
    var output: ClientOutputStyle { ClientOutputStyle(json: json) }
}

/// For whom the output of a command is.
struct ClientOutputStyle: Sendable {
    /// Whether programs read it: JSON lines.
    let isJSON: Bool
    let style: TerminalStyle
    /// Cells of a line.
    let width: Int

    /// - Parameter json: whether JSON is asked for; it is also what is written where there is no terminal.
    init(json: Bool) {
        isJSON = json || isatty(STDOUT_FILENO) == 0
        style = TerminalStyle(inColour: StandardOutput.showsColour)
        width = StandardOutput.columns
    }

    /// Writes lines.
    func write(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        StandardOutput.write(lines.joined(separator: "\n") + "\n")
    }
}

extension RESError {
    /// The error as the end of a command: which resource or method it concerns, and what to do.
    func failure(of subject: String) -> StartFailure {
        StartFailure("\(subject): \(TerminalText.printable(message)) (\(code))", remedy: remedy)
    }

    private var remedy: String? {
        switch code {
        case RESError.notFound.code: "'resdev get NAME' with the name of the database lists what it serves"
        case RESError.accessDenied.code: "give a --token, or look at the access rules of the server"
        case RESError.timeout.code: "the service that serves it does not answer"
        default: nil
        }
    }
}
