import Glibc
import NIOCore

/// The port that a role listens on: the one that was asked for, or the next free one.
struct PortChoice: Equatable {
    let port: Int
    /// Why it is not the one that was asked for.
    let remark: String?

    /// How many ports above the wanted one are tried.
    static let attempts = 100

    /// Chooses a port. 0 stands for any free one, and is left to the system.
    ///
    /// - Throws: when the address is not one of this machine, when the port needs more rights, and, with `strictly`
    ///   or when no free one is near, when it is taken.
    static func choose(
        _ wanted: Int,
        on host: String,
        for role: String,
        strictly: Bool
    ) throws(StartFailure) -> PortChoice {
        guard wanted != 0 else { return PortChoice(port: 0, remark: nil) }
        switch problem(with: wanted, on: host) {
        case 0: return PortChoice(port: wanted, remark: nil)
        case EADDRINUSE: break
        case let code: throw cannotListen(host, wanted, code)
        }
        let owner = PortOwner.find(port: wanted).map { "\($0)" } ?? "another process"
        guard !strictly else {
            throw StartFailure(
                "port \(wanted) (\(role)) is taken by \(owner)",
                remedy: "stop it, choose another port, or leave out --strict-port to take the next free one"
            )
        }
        for port in wanted + 1...wanted + attempts where port <= 65_535 && problem(with: port, on: host) == 0
        {
            return PortChoice(
                port: port,
                remark: "\(role) on port \(port), since \(wanted) is taken by \(owner)"
            )
        }
        throw StartFailure(
            "port \(wanted) (\(role)) and the \(attempts) above it are taken",
            remedy: "choose a port that is free"
        )
    }

    /// The error number of an attempt to listen there; 0 when it can be done.
    private static func problem(with port: Int, on host: String) -> Int32 {
        guard let address = try? SocketAddress(ipAddress: host, port: port) else { return EADDRNOTAVAIL }
        let family = address.protocol == .inet6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        let bound = address.withSockAddr { bind(descriptor, $0, socklen_t($1)) }
        guard bound == 0, listen(descriptor, 1) == 0 else { return errno }
        return 0
    }

    private static func cannotListen(_ host: String, _ port: Int, _ code: Int32) -> StartFailure {
        let reason = String(cString: strerror(code))
        let remedy =
            code == EACCES
            ? "ports below 1024 need more rights: choose one from 1024 on"
            : "--addr takes an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all"
        return StartFailure("cannot listen on \(host):\(port): \(reason)", remedy: remedy)
    }
}
