import ArgumentParser

/// `resdev record`: serves, and writes down what the services answer.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Serve, and record all answers and events of services in a file.",
        discussion: """
            resdev record session.jsonl library.db
            resdev replay session.jsonl

            Takes what 'resdev serve' takes. What clients ask for is recorded as well, for the console to ask again.
            Neither tokens nor connection ids are recorded, and no parameters by which people log in.
            """
    )

    @Argument(help: ArgumentHelp("The recording; overwritten if it is there.", valueName: "file"))
    var recording: String

    @OptionGroup(title: "Options of 'serve'") var serve: ServeCommand

    func run() throws {
        var plan = try serve.plan()
        plan.recording = recording
        try Server.run(plan)
    }
}

/// `resdev replay`: serves a recording.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Serve a recording in the place of its services.",
        discussion: """
            Requests are answered as they were answered; events come at the time at which they came, counted from the
            first request. The events of a call come with the call. Any password is answered as the recorded one was.
            """
    )

    @Argument(help: ArgumentHelp("A recording of 'resdev record', or of the console.", valueName: "file"))
    var recording: String

    @Option(help: ArgumentHelp("How much faster than recorded events come.", valueName: "factor"))
    var speed = 1.0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Port for HTTP and WebSocket; 0 for any free one.", valueName: "port")
    )
    var port: Port = .http

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Port of the embedded NATS broker; 0 for any free one.", valueName: "port")
    )
    var natsPort: Port = .nats

    @OptionGroup(title: "Server options") var server: ServerOptions

    func validate() throws {
        guard speed > 0, speed <= 1e6 else { throw ValidationError("--speed takes a factor above 0.") }
    }

    func run() throws {
        var plan = ServerPlan(server)
        let lines = try RecordingFile.read(recording)
        plan.replay = ServerPlan.Replay(lines: lines, speed: speed)
        let lost = lines.reduce(0) { sum, line in
            if case .lost(let count, _) = line { sum + count } else { sum }
        }
        if lost > 0 { plan.remarks.append("the recording lacks \(lost) answers") }
        plan.gatewayPort = port.number
        plan.brokerPort = natsPort.number
        plan.gateway.mapMethodsOfStore()
        plan.takesKeys = plan.style == .banner
        try Server.run(plan)
    }
}
