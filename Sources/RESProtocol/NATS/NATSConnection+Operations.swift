import DequeModule
import Logging
import NIOCore
import NIOSSL

/// What the server sends.
extension NATSConnection {
    func received(_ operation: NATSServerOperation) {
        switch operation {
        case .message(let sid, let message): arrived.append((sid, message))
        case .info(let info): infoReceived(info)
        case .ping:
            output.pong()
            scheduleFlush()
        case .pong: pongReceived()
        case .ok: break
        case .error(let text): errorReceived(text)
        }
    }

    private func infoReceived(_ info: ServerInfo) {
        switch session.infoReceived(info) {
        case .ignore: break
        case .fail(let error): fail(error)
        case .update: bus?.infoUpdated(info)
        case .connect: connect(info)
        case .secureAndConnect:
            do {
                // What stands behind INFO in the clear may be anybody's.
                guard inbound.bytes.readableBytes == 0 else {
                    throw NATSError(.protocolViolation, "\(server) goes on in the clear where TLS begins")
                }
                try context?.pipeline.syncOperations.addHandler(makeTLSHandler(), position: .first)
                connect(info)
            } catch let error as NATSError {
                fail(error)
            } catch {
                fail(NATSError(.tlsFailed, "TLS with \(server) cannot begin: \(error)"))
            }
        }
    }

    /// The handler that speaks TLS with this server.
    func makeTLSHandler() throws(NATSError) -> NIOSSLClientHandler {
        let name = server.certificateName ?? server.host
        let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
        do {
            // The certificate for an IP address is checked against the connection's own.
            return try NIOSSLClientHandler(
                context: try TLSContexts.client(options.tls),
                serverHostname: isAddress ? nil : name
            )
        } catch {
            throw NATSError(.tlsFailed, "TLS with \(server) cannot begin: \(error)")
        }
    }

    /// Sends CONNECT and the subscriptions; where TLS has just begun, they leave when it stands.
    private func connect(_ info: ServerInfo) {
        do {
            let identity = try options.authentication.identity(at: server, nonce: info.nonce)
            output.connect(
                ConnectRequest(name: options.name, version: options.version, identity: identity)
            )
            bus?.connectionOpened(self, info)
            ping(nil)
        } catch {
            fail(error)
        }
    }

    private func pongReceived() {
        let answered = pings.popFirst()
        switch session.pongReceived() {
        case .answered: answered??.succeed()
        case .ready:
            startPingTimer()
            bus?.connectionReady(self)
        }
    }

    private func errorReceived(_ text: String) {
        switch session.errorReceived(text) {
        case .log:
            logger.warning("NATS server refuses an operation", metadata: ["reason": "\(text)"])
        case .fail(let error): fail(error)
        }
    }
}
