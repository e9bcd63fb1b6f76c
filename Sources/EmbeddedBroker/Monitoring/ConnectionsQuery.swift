import RESProtocol

import struct NIOCore.ByteBuffer

/// Which connections are asked for, and what of them (`connz`).
struct ConnectionsQuery: Equatable {
    /// How many are told unless somebody says otherwise.
    static let defaultLimit = 1_024

    enum State: String, Equatable {
        case open, closed, any = "all"
    }

    enum Subscriptions: Equatable {
        case none, subjects, details
    }

    enum Order: String, Equatable, CaseIterable {
        case id = "cid"
        case start, subs, pending
        case messagesTo = "msgs_to"
        case messagesFrom = "msgs_from"
        case bytesTo = "bytes_to"
        case bytesFrom = "bytes_from"
        case last, idle, uptime, stop, reason, rtt
    }

    var order = Order.id
    /// Whether users and accounts are told.
    var tellsUsers = false
    var subscriptions = Subscriptions.none
    var offset = 0
    var limit = defaultLimit
    /// Only the connection with this id; nil for all.
    var id: UInt64?
    var state = State.open
    /// Only those of a user; empty for all.
    var user = ""
    /// Only those of an account; empty for all.
    var account = ""
    /// Only those with a subscription that could get the same messages; empty for all.
    var filterSubject = ""

    init() {}

    /// Reads what stands behind the `?`.
    init(_ parameters: QueryParameters) throws(MonitoringError) {
        try setOrder(parameters["sort"])
        tellsUsers = try parameters.flag("auth")
        if parameters["subs"].lowercased() == "detail" {
            subscriptions = .details
        } else if try parameters.flag("subs") {
            subscriptions = .subjects
        }
        offset = max(0, try parameters.integer("offset"))
        setLimit(try parameters.integer("limit"))
        setID(try parameters.count("cid"))
        if !parameters["state"].isEmpty {
            guard let state = State(rawValue: parameters["state"].lowercased()) else {
                throw .badRequest("Error decoding state for \(parameters["state"])")
            }
            self.state = state
        }
        user = parameters["user"]
        account = parameters["acc"]
        filterSubject = parameters["filter_subject"]
        try check()
    }

    /// Reads the body of a request; an empty one asks for the defaults.
    init(json body: ByteBuffer) throws(MonitoringError) {
        guard body.readableBytes > 0 else { return }
        guard let json = try? JSONSlice(parsing: body), json.kind == .object else {
            throw .badRequest("the request's body is no JSON object")
        }
        for member in json.members where !member.value.isNull {
            guard let name = member.name.string, try take(name, member.value) else {
                throw .badRequest("\(member.name.text) has the wrong type")
            }
        }
        try check()
    }

    /// - Returns: whether the value has the right type.
    private mutating func take(_ name: String, _ value: JSONSlice) throws(MonitoringError) -> Bool {
        switch name {
        case "sort":
            guard let text = value.string else { return false }
            try setOrder(text)
        case "auth":
            guard let flag = value.bool else { return false }
            tellsUsers = flag
        case "subscriptions", "subscriptions_detail":
            guard let flag = value.bool else { return false }
            if flag, subscriptions != .details {
                subscriptions = name == "subscriptions" ? .subjects : .details
            }
        case "offset", "limit", "cid":
            guard let number = value.integer else { return false }
            switch name {
            case "offset": offset = max(0, Int(number))
            case "limit": setLimit(Int(number))
            default: setID(UInt64(max(0, number)))
            }
        case "state":
            guard let number = value.integer, 0...2 ~= number else { return false }
            state = [.open, .closed, .any][Int(number)]
        case "user", "acc", "filter_subject":
            guard let text = value.string else { return false }
            switch name {
            case "user": user = text
            case "acc": account = text
            default: filterSubject = text
            }
        default: break
        }
        return true
    }

    private mutating func setOrder(_ text: String) throws(MonitoringError) {
        guard !text.isEmpty else { return }
        guard let order = Order(rawValue: text) else { throw .badRequest("invalid sorting option: \(text)") }
        self.order = order
    }

    private mutating func setLimit(_ number: Int) {
        if number > 0 { limit = number }
    }

    private mutating func setID(_ number: UInt64) {
        guard number > 0 else { return }
        id = number
        limit = 1
    }

    private func check() throws(MonitoringError) {
        guard order == .stop || order == .reason, state != .closed else { return }
        throw .badRequest("sort by \(order.rawValue) only valid on closed connections")
    }
}
