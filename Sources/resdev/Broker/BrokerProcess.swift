import EmbeddedBroker
import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The process of a broker alone: starts it, tells others where it listens, acts on signals, and stops it.
final class BrokerProcess: Sendable {
    private let arguments: BrokerArguments
    private let program: BrokerProgram
    private let settings: BrokerSettings
    private let output: BrokerOutput
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let broker: EmbeddedBroker
    /// Whether the broker has sent all its clients away.
    private let isLameDuckOver = Mutex(false)
    /// Held while the configuration is read anew.
    private let reloading = Mutex(())

    /// Runs a broker until it is asked to stop. Called on the main thread, before there is any other.
    ///
    /// - Throws: why it could not start.
    static func run(_ arguments: BrokerArguments, as program: BrokerProgram) throws(StartFailure) {
        var settings = try BrokerSettings.load(arguments, as: program)
        arguments.readyFile.map { ReadyFile(path: $0) }?.remove()
        let output = try BrokerOutput(arguments, settings.configuration, program)
        var remark: String?
        if program == .resdev {
            remark = try BrokerOutput.choosePort(&settings.configuration, strictly: arguments.strictPort)
        }
        ProcessSignals.block()
        try BrokerProcess(arguments, program, settings, output).run(remark: remark)
    }

    private init(
        _ arguments: BrokerArguments,
        _ program: BrokerProgram,
        _ settings: BrokerSettings,
        _ output: BrokerOutput
    ) {
        self.arguments = arguments
        self.program = program
        self.settings = settings
        self.output = output
        broker = EmbeddedBroker(
            configuration: settings.configuration,
            eventLoop: group.next(),
            logger: output.logger
        )
    }

    private func run(remark: String?) throws(StartFailure) {
        broker.allowReload { [self] in reload() }
        output.starting(broker, settings, unsupported: arguments.unsupported)
        do {
            try broker.start().wait()
        } catch {
            throw output.failure(error)
        }
        let addresses = BrokerAddresses(broker, configuration: settings.configuration)
        try writePIDFile()
        try output.ready(addresses, arguments, remark: remark)
        let portsFile = writePortsFile(addresses)
        act()
        output.logger.info("Initiating Shutdown...")
        arguments.readyFile.map { ReadyFile(path: $0) }?.remove()
        portsFile?.remove()
        settings.configuration.pidFile.map { _ = unlink($0) }
        try? broker.stop().wait()
        try? group.syncShutdownGracefully()
        output.logger.info("Server Exiting..")
    }

    // MARK: Files

    private func writePIDFile() throws(StartFailure) {
        guard let path = settings.configuration.pidFile else { return }
        do {
            try AtomicFile.replace(path, with: "\(getpid())")
        } catch {
            throw output.fatal("Could not write pidfile: \(error.message)")
        }
    }

    /// A ports file that cannot be written keeps no broker from serving.
    private func writePortsFile(_ addresses: BrokerAddresses) -> PortsFile? {
        guard let folder = settings.configuration.portsFileFolder else { return nil }
        let file = PortsFile(folder: folder, program: CommandLine.programName)
        do {
            try file.write(addresses)
            return file
        } catch {
            output.logger.error("Error writing ports file (\(file.path)): \(error.message)")
            return nil
        }
    }

    // MARK: Signals

    /// Acts on signals until one of them ends the process.
    private func act() {
        var isLameDuck = false
        while true {
            let signal = ProcessSignals.next()
            if isLameDuckOver.withLock({ $0 }) { return }
            output.logger.info("Trapped \"\(signal.name)\" signal")
            switch signal {
            case .interrupt: return
            case .terminate:
                if !isLameDuck { return }
            case .hangUp: _ = reload()
            case .reopen: output.reopenLog()
            case .lameDuck:
                if !isLameDuck { enterLameDuckMode() }
                isLameDuck = true
            }
        }
    }

    private func enterLameDuckMode() {
        broker.enterLameDuckMode().whenComplete { [self] _ in
            isLameDuckOver.withLock { $0 = true }
            kill(getpid(), SIGINT)
        }
    }

    /// Reads the configuration file anew.
    ///
    /// - Returns: what keeps it from being taken over.
    private func reload() -> String? {
        reloading.withLock { _ in reloadNow() }
    }

    private func reloadNow() -> String? {
        guard settings.file != nil else {
            let reason = "can only reload config when a file is provided using -c or --config"
            output.logger.error("Failed to reload server configuration: \(reason)")
            return reason
        }
        do {
            let settings = try BrokerSettings.load(arguments, as: program)
            try broker.reload(settings.configuration).wait()
            output.apply(settings.configuration.log)
            output.logger.info("Reloaded server configuration (\(settings.file?.digest ?? ""))")
            return nil
        } catch {
            let reason = (error as? StartFailure)?.message ?? "\(error)"
            output.logger.error("Failed to reload server configuration: \(reason)")
            return reason
        }
    }
}
