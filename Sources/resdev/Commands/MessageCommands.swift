import ArgumentParser
import NIOCore
import RESProtocol

/// `resdev pub`: publishes a message on NATS.
struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pub",
        abstract: "Publish a message on NATS.",
        discussion: """
            resdev pub greetings hello
            date | resdev pub time -
            """
    )

    @OptionGroup var message: MessageArguments

    @Option(help: ArgumentHelp("Subject for answers.", valueName: "subject"))
    var reply: String?

    @Option(
        help: ArgumentHelp("Publish this many times; {n} in the payload is the number.", valueName: "number")
    )
    var count = 1

    @OptionGroup(title: "NATS options") var nats: BusOptions

    func validate() throws {
        if count < 1 { throw ValidationError("--count takes a number from 1.") }
    }

    func run() throws {
        let subject = try message.checkedSubject()
        let replySubject = try reply.map(MessageArguments.subject)
        let headers = try message.headers()
        let payload = try message.payloadText()
        let count = count
        try BusRun.run(nats) { bus in
            for number in 1...count {
                let text = count == 1 ? payload : MessageArguments.numbered(payload, number)
                let message = Message(
                    subject: subject,
                    reply: replySubject,
                    headers: headers,
                    payload: text
                )
                guard bus.publish(message) else {
                    throw StartFailure(
                        "the message was not sent: it is larger than the server takes",
                        remedy: "the server takes \(bus.maximumPayload) bytes"
                    )
                }
            }
            return bus.flush()
        }
    }
}

/// `resdev sub`: shows the messages of subjects.
struct SubscribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sub",
        abstract: "Show the messages of subjects on NATS.",
        discussion: "resdev sub 'event.library.>'"
    )

    @Argument(
        help: ArgumentHelp("Subjects; * stands for one token, > for all that follow.", valueName: "subject")
    )
    var subjects: [String]

    @Option(
        help: ArgumentHelp(
            "Share the messages with the other members of this queue group.",
            valueName: "name"
        )
    )
    var queue: String?

    @Option(help: ArgumentHelp("End after this many messages.", valueName: "number"))
    var count: Int?

    @OptionGroup(title: "NATS options") var nats: BusOptions

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count takes a number from 1.") }
    }

    func run() throws {
        let patterns = try subjects.map { text throws in
            guard let pattern = SubjectPattern(text) else {
                throw StartFailure(
                    "'\(text)' is no subject",
                    remedy: "write tokens joined by dots, as event.library.>"
                )
            }
            return pattern
        }
        let (queue, count) = (queue, count)
        let output = nats.output
        let text = MessageText(output: output)
        try BusRun.run(nats) { bus in
            let done = bus.eventLoop.makePromise(of: Void.self)
            var received = 0
            for pattern in patterns {
                _ = bus.subscribe(to: pattern, queue: queue) { message in
                    if let count, received >= count { return }
                    received += 1
                    output.write(text.lines(message, number: received))
                    if received == count { done.succeed() }
                }
            }
            bus.observeState { state in
                switch state {
                case .disconnected:
                    StandardError.write("resdev: the server is gone; waiting for it to come back\n")
                case .reconnected: StandardError.write("resdev: the server is back\n")
                case .failed(let reason): done.fail(StartFailure("the NATS server refuses: \(reason)"))
                }
            }
            return done.futureResult
        }
    }
}

/// `resdev req`: asks on NATS and shows the answer.
struct RequestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "req",
        abstract: "Send a request on NATS and show the answer.",
        discussion: "resdev req get.library.books.42"
    )

    @OptionGroup var message: MessageArguments

    @Option(help: ArgumentHelp("Seconds to wait for the answer.", valueName: "seconds"))
    var timeout = 3.0

    @OptionGroup(title: "NATS options") var nats: BusOptions

    func validate() throws {
        guard timeout > 0, timeout <= 86_400 else {
            throw ValidationError("--timeout takes seconds, at most a day.")
        }
    }

    func run() throws {
        let subject = try message.checkedSubject()
        let headers = try message.headers()
        let payload = try message.payloadText()
        let timeout = TimeAmount.milliseconds(Int64(timeout * 1000))
        let output = nats.output
        let text = MessageText(output: output)
        try BusRun.run(nats) { bus in
            let done = bus.eventLoop.makePromise(of: Void.self)
            var generator = SystemRandomNumberGenerator()
            let requester = Requester(bus: bus, readsPreResponses: false, using: &generator)
            requester.request(subject, headers: headers, payload: payload, timeout: timeout) { outcome in
                _ = requester
                switch outcome {
                case .answer(let message):
                    output.write(text.lines(message))
                    done.succeed()
                case .noResponders: done.fail(StartFailure("nobody answers on '\(subject)'"))
                case .timedOut:
                    done.fail(
                        StartFailure(
                            "no answer on '\(subject)' in time",
                            remedy: "wait longer with --timeout"
                        )
                    )
                case .disconnected: done.fail(StartFailure("the NATS server is gone"))
                case .tooLarge:
                    done.fail(
                        StartFailure("the request is larger than the server's \(bus.maximumPayload) bytes")
                    )
                }
            }
            return done.futureResult
        }
    }
}
