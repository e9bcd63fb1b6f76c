import NIOCore

/// What every channel of a client is set to.
enum ClientChannel {
    static let allocator = AdaptiveRecvByteBufferAllocator(minimum: 1_024, initial: 2_048, maximum: 131_072)
    /// The channel is writable only while nothing waits in it: `ClientHandler` keeps what does.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 1, high: 1)

    /// Sets a channel that another listener has made, and which a client takes over.
    static func prepare(_ channel: any Channel) {
        guard let options = channel.syncOptions else { return }
        try? options.setOption(.writeBufferWaterMark, value: waterMark)
        try? options.setOption(.recvAllocator, value: allocator)
        try? options.setOption(.allowRemoteHalfClosure, value: false)
        try? options.setOption(.maxMessagesPerRead, value: 4)
        try? options.setOption(.tcpOption(.tcp_nodelay), value: 1)
    }
}
