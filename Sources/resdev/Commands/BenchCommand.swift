import ArgumentParser
import Logging
import NIOCore
import NIOPosix
import RESProtocol

/// `resdev bench`: measures a NATS server.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure a NATS server: publishing, fan-out, requests.",
        discussion: """
            resdev bench                     all three
            resdev bench request --size 16   one of them

            The generator is this program and shares the machine: compare servers, not machines.
            """
    )

    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case publish, fanout, request
    }

    @Argument(help: ArgumentHelp("publish, fanout or request; all of them, if left out.", valueName: "work"))
    var kinds: [Kind] = Kind.allCases

    @Option(help: ArgumentHelp("Bytes of each payload.", valueName: "bytes"))
    var size = 128

    @Option(help: ArgumentHelp("Seconds that each runs.", valueName: "seconds"))
    var seconds = 3.0

    @Option(help: ArgumentHelp("Connections that get each message of fanout.", valueName: "number"))
    var subscribers = 5

    @Option(help: ArgumentHelp("Requests that wait at a time.", valueName: "number"))
    var inFlight = 100

    @OptionGroup(title: "NATS options") var nats: BusOptions

    func validate() throws {
        guard 0...64 << 20 ~= size else { throw ValidationError("--size takes 0 to 67108864 bytes.") }
        guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds takes up to 3600.") }
        guard 1...1000 ~= subscribers else { throw ValidationError("--subscribers takes 1 to 1000.") }
        guard 1...100_000 ~= inFlight else { throw ValidationError("--in-flight takes 1 to 100000.") }
    }

    func run() throws {
        for kind in kinds {
            let report = try measure(kind)
            nats.output.write([nats.output.isJSON ? report.json : report.line])
        }
    }

    private func measure(_ kind: Kind) throws -> BenchReport {
        let work: BusBenchmark.Work
        let receivers: Int
        switch kind {
        case .publish: (work, receivers) = (.publish, 0)
        case .fanout: (work, receivers) = (.fanOut(subscribers: subscribers), subscribers)
        case .request: (work, receivers) = (.request(inFlight: inFlight), 1)
        }
        let (size, seconds) = (size, seconds)
        return try BusRun.run(nats, connections: receivers + 1) { buses in
            guard let publisher = buses.first else { throw StartFailure("there is no connection") }
            guard size <= publisher.maximumPayload else {
                throw StartFailure("the server takes payloads of at most \(publisher.maximumPayload) bytes")
            }
            return BusBenchmark(
                work,
                size: size,
                seconds: seconds,
                publisher: publisher,
                receivers: Array(buses.dropFirst())
            ).run()
        }
    }
}
