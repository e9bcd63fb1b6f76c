import ArgumentParser
import Glibc
import Store

/// `resdev passwd`: makes the hash of a password, for the table of users.
struct PasswdCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd",
        abstract: "Read a password and print its hash, for the table of users.",
        usage: "resdev passwd",
        discussion: """
            The password is read from the terminal, where it is not shown, or from standard input: its first line.
              sqlite3 library.db "UPDATE users SET password = '$(resdev passwd)' WHERE email = 'ada@example.com'"
            """
    )

    func run() throws {
        // Nothing has to be put in order here when a signal comes.
        StopSignals.unblock()
        let isTerminal = isatty(0) == 1
        var settings = termios()
        if isTerminal {
            StandardError.write("Password: ")
            tcgetattr(0, &settings)
            var silent = settings
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(0, TCSANOW, &silent)
        }
        let line = readLine(strippingNewline: true)
        if isTerminal {
            tcsetattr(0, TCSANOW, &settings)
            StandardError.write("\n")
        }
        guard let password = line, !password.isEmpty else {
            throw StartFailure("there is no password to hash")
        }
        guard let hash = StoredPassword.make(password) else {
            throw StartFailure("a password has at most \(StoredPassword.maximumPassword) bytes")
        }
        StandardOutput.write(hash + "\n")
    }
}
