/// A command that is to run beside the server, as it stands behind `--` on the command line.
struct CompanionCommand: Equatable, Sendable {
    /// The program and its arguments; never empty.
    let arguments: [String]

    /// - Returns: nil where there is no word.
    init?(_ arguments: [String]) {
        guard !arguments.isEmpty else { return nil }
        self.arguments = arguments
    }

    /// The command for people, as `npm run dev`.
    var title: String { arguments.joined(separator: " ") }

    /// What its environment says of the server: `RES_URL` for RES clients, `RES_HTTP_URL` below which the API is, and
    /// `NATS_URL` for services.
    static func environment(
        _ addresses: ServerAddresses,
        nats: String?
    ) -> [(name: String, value: String)] {
        [
            ("RES_URL", addresses.webSocket), ("RES_HTTP_URL", addresses.http),
            ("NATS_URL", addresses.nats ?? nats),
        ].compactMap { name, value in value.map { (name, $0) } }
    }

    /// An environment, as `NAME=value`, with some names set.
    static func merge(_ inherited: [String], _ own: [(name: String, value: String)]) -> [String] {
        let kept = inherited.filter { entry in
            !own.contains { entry.hasPrefix($0.name + "=") }
        }
        return kept + own.map { "\($0.name)=\($0.value)" }
    }

    /// The status by which a shell tells how a process ended (wait(2)): its own, or 128 and the number of the signal.
    static func exitStatus(ofWait status: Int32) -> Int32 {
        let signal = status & 0x7f
        return signal == 0 ? status >> 8 & 0xff : 128 + signal
    }
}
