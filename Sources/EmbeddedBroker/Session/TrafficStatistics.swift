/// How many messages and bytes went in and out of one client, or of all.
struct TrafficStatistics: Equatable {
    private(set) var messagesIn: UInt64 = 0
    private(set) var messagesOut: UInt64 = 0
    private(set) var bytesIn: UInt64 = 0
    private(set) var bytesOut: UInt64 = 0
    /// Clients closed because they took too little.
    var slowConsumers: UInt64 = 0

    /// Counts a message received. Bytes are those of header block and payload.
    @inline(__always)
    mutating func countIn(bytes: Int) {
        messagesIn &+= 1
        bytesIn &+= UInt64(truncatingIfNeeded: bytes)
    }

    /// Counts a message delivered.
    @inline(__always)
    mutating func countOut(bytes: Int) {
        messagesOut &+= 1
        bytesOut &+= UInt64(truncatingIfNeeded: bytes)
    }

    /// Adds what another has counted.
    mutating func add(_ other: TrafficStatistics) {
        messagesIn &+= other.messagesIn
        messagesOut &+= other.messagesOut
        bytesIn &+= other.bytesIn
        bytesOut &+= other.bytesOut
        slowConsumers &+= other.slowConsumers
    }
}
