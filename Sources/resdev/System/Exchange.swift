import RESProtocol

import struct NIOCore.ByteBuffer

/// One thing that happened, from its beginning to its end, with its parts: a row of the live wire.
struct Exchange {
    enum Kind: String {
        case http, ws, event, nats
    }

    /// Something that was asked of a service on the way.
    struct Part {
        /// `access`, `get`, `call set` and the like.
        let title: String
        let subject: String
        /// Nanoseconds of the monotonic clock.
        let start: UInt64
        var end: UInt64?
        /// `timeout`, `no responders` or the error's code; nil for success.
        var error: String?
        var statements: [StatementRow] = []
    }

    struct StatementRow {
        let sql: String
        let start: UInt64
        let nanoseconds: UInt64
        /// Whether it served others as well, as a commit does.
        let isShared: Bool
    }

    struct Delivery {
        let resource: String
        let event: String
        let clients: Int
        let at: UInt64
    }

    let number: UInt64
    let kind: Kind
    let client: String
    let action: String
    var method: String?
    let resource: String
    var params: JSONSlice?
    /// Nanoseconds of the monotonic clock, and milliseconds since 1970.
    let start: UInt64
    let wallTime: Int64
    var end: UInt64 = 0
    var status: Int?
    var error: String?
    var bytes = 0
    var parts: [Part] = []
    var deliveries: [Delivery] = []

    /// Parameters longer than this are left out, in bytes.
    static let maximumParams = 4096
    /// Parts, and deliveries, that are kept of one exchange.
    static let maximumParts = 50

    /// The row as JSON; times of parts are microseconds from the row's beginning.
    var json: JSONSlice {
        var row = JSONObject()
        row.set("id", integer: number)
        row.set("kind", kind.rawValue)
        row.set("at", integer: wallTime)
        row.set("client", client)
        row.set("action", action)
        row.set("method", method)
        row.set("resource", resource)
        if let params, params.bytes.readableBytes <= Exchange.maximumParams { row.set("params", params) }
        row.set("status", integer: status)
        row.set("error", error)
        row.set("us", number: Double(end &- start) / 1000)
        row.set("bytes", integer: bytes)
        row.set("parts", .array(parts.map { json(of: $0) }))
        row.set("events", .array(deliveries.map { json(of: $0) }))
        return row.slice
    }

    private func offset(_ time: UInt64) -> Double { Double(Int64(bitPattern: time &- start)) / 1000 }

    private func json(of part: Part) -> JSONSlice {
        var object = JSONObject()
        object.set("title", part.title)
        object.set("subject", part.subject)
        object.set("start", number: offset(part.start))
        object.set("us", number: Double((part.end ?? end) &- part.start) / 1000)
        object.set("error", part.error ?? (part.end == nil ? "no answer" : nil))
        object.set(
            "sql",
            .array(
                part.statements.map { statement in
                    var object = JSONObject()
                    object.set("sql", statement.sql)
                    object.set("start", number: offset(statement.start))
                    object.set("us", number: Double(statement.nanoseconds) / 1000)
                    object.set("shared", flag: statement.isShared)
                    return object.slice
                }
            )
        )
        return object.slice
    }

    private func json(of delivery: Delivery) -> JSONSlice {
        var object = JSONObject()
        object.set("resource", delivery.resource)
        object.set("event", delivery.event)
        object.set("clients", integer: delivery.clients)
        object.set("start", number: offset(delivery.at))
        return object.slice
    }
}
