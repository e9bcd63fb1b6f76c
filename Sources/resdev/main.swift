import ArgumentParser
import Glibc

// A write to a terminal or pipe that has gone away is an error that is returned, not the end of the process.
signal(SIGPIPE, SIG_IGN)
// A file that has reached a size limit is an error that is returned as well.
signal(SIGXFSZ, SIG_IGN)
if let (program, arguments) = BrokerProgram.called(by: CommandLine.arguments) { program.main(arguments) }
StopSignals.block()
if ResgateCommand.isName(CommandLine.arguments.first ?? "") {
    ResgateCommand.main(Array(CommandLine.arguments.dropFirst()))
}
ResdevCommand.main(withSuggestions: Array(CommandLine.arguments.dropFirst()))
