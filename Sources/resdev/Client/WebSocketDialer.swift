import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// Opens WebSocket connections to servers.
enum WebSocketDialer {
    typealias Socket = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// Connects and shakes hands.
    ///
    /// - Throws: `StartFailure` that says what stood in the way.
    static func connect(to server: ServerURL, token: String?, maximumMessage: Int) async throws -> Socket {
        let upgrade: EventLoopFuture<Socket?>
        do {
            upgrade = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connectTimeout(.seconds(5))
                .connect(host: server.host, port: server.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try pipeline(of: channel, server, token, maximumMessage: maximumMessage)
                    }
                }
        } catch {
            throw StartFailure(
                "nobody answers at \(server)",
                remedy: "start a server with 'resdev serve', or name another one with --server or RES_URL"
            )
        }
        do {
            if let channel = try await upgrade.get() { return channel }
        } catch {
            throw StartFailure("\(server) broke off the handshake: \(error)")
        }
        throw StartFailure(
            "\(server) is no WebSocket",
            remedy: "name the path of the gateway's WebSocket, as in ws://localhost:8080/"
        )
    }

    private static func pipeline(
        of channel: any NIOCore.Channel,
        _ server: ServerURL,
        _ token: String?,
        maximumMessage: Int
    ) throws -> EventLoopFuture<Socket?> {
        if server.usesTLS {
            let context = try NIOSSLContext(configuration: .makeClientConfiguration())
            let isName = (try? SocketAddress(ipAddress: server.host, port: 0)) == nil
            let handler = try NIOSSLClientHandler(
                context: context,
                serverHostname: isName ? server.host : nil
            )
            try channel.pipeline.syncOperations.addHandler(handler)
        }
        let upgrader = NIOTypedWebSocketClientUpgrader<Socket?>(
            maxFrameSize: maximumMessage,
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0,
                            maxAccumulatedFrameCount: .max,
                            maxAccumulatedFrameSize: maximumMessage
                        )
                    )
                    return try Socket(wrappingChannelSynchronously: channel)
                }
            }
        )
        var headers: HTTPHeaders = ["Host": server.authority]
        if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: server.path, headers: headers)
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Socket?>(
            upgradeRequestHead: head,
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.close(promise: nil)
                return channel.eventLoop.makeSucceededFuture(nil)
            }
        )
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: .init(upgradeConfiguration: configuration)
        )
    }
}
