import Glibc
import NIOCore
import NIOPosix

extension NATSError {
    /// What an error of the network means for a user, when a connection could not be made.
    init(connectingTo server: ServerAddress, _ error: any Error) {
        guard let failure = error as? NIOConnectionError else {
            self.init(direct: error, server)
            return
        }
        if let first = failure.connectionErrors.first {
            self.init(direct: first.error, server)
        } else if failure.dnsAError != nil || failure.dnsAAAAError != nil {
            self.init(.hostNotFound, "\(server): there is no host with that name")
        } else {
            self.init(.unreachable, "\(server) cannot be reached")
        }
    }

    private init(direct error: any Error, _ server: ServerAddress) {
        if case .connectTimeout? = error as? ChannelError {
            self.init(
                .timedOut,
                "\(server) does not answer in time; check the address and any firewall between"
            )
        } else if let failure = error as? IOError, failure.errnoCode == ECONNREFUSED {
            self.init(.refused, "\(server) refuses the connection; is a NATS server running there?")
        } else if let failure = error as? IOError {
            let reason = strerror(failure.errnoCode).map { String(cString: $0) } ?? "\(failure)"
            self.init(.unreachable, "\(server) cannot be reached: \(reason)")
        } else {
            self.init(.unreachable, "\(server) cannot be reached: \(error)")
        }
    }

    /// One error for the attempts with several servers; there must be one at least.
    init(ofAll failures: [NATSError]) {
        let told = failures.first { $0.code == .authorization } ?? failures.last
        var messages: [String] = []
        for failure in failures where !messages.contains(failure.message) { messages.append(failure.message) }
        self.init(told?.code ?? .unreachable, messages.joined(separator: "; "))
    }
}
