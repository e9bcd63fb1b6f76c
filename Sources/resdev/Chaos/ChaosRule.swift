import RESProtocol

/// What is to go wrong, where: part of what a chaos setting says.
struct ChaosRule: Equatable, Sendable {
    /// Whose work is disturbed.
    enum Role: String, CaseIterable, Sendable {
        /// Requests of clients, over HTTP and WebSocket.
        case client
        case http
        case ws
        /// What the gateway asks of services.
        case service
    }

    var role = Role.client
    /// Resource names that are meant.
    var pattern: SubjectPattern = ">"
    /// The one connection that is meant; nil for all.
    var connection: String?
    var latency: Latency?
    /// Shares of the requests, from 0 to 1: answered with an error, cut off, left without an answer until time is up.
    var errorRate = 0.0
    var dropRate = 0.0
    var timeoutRate = 0.0
    /// For how long at a time nothing is written to WebSocket clients, in milliseconds; 0 for not at all.
    var stall = 0

    /// Longest stall, in milliseconds.
    static let maximumStall = 60_000

    /// Whether it does anything.
    var isIdle: Bool { latency == nil && errorRate == 0 && dropRate == 0 && timeoutRate == 0 && stall == 0 }

    /// Whether a request is meant.
    func matches(_ role: Role, _ name: some StringProtocol, connection: String) -> Bool {
        guard self.connection == nil || self.connection == connection else { return false }
        let isMeant = self.role == role || self.role == .client && (role == .http || role == .ws)
        return isMeant && (pattern.text == ">" || pattern.matches(name))
    }
}

extension ChaosRule: CustomStringConvertible {
    /// The rule as the command line takes it: `service library.books.> latency=200ms±50ms errors=5%`.
    var description: String {
        var words = [role.rawValue]
        if pattern.text != ">" { words.append(pattern.text) }
        if let connection { words.append("connection=\(connection)") }
        if let latency { words.append("latency=\(latency)") }
        if errorRate > 0 { words.append("errors=\(Share.text(errorRate))") }
        if dropRate > 0 { words.append("drops=\(Share.text(dropRate))") }
        if timeoutRate > 0 { words.append("timeouts=\(Share.text(timeoutRate))") }
        if stall > 0 { words.append("stall=\(stall)ms") }
        return words.joined(separator: " ")
    }

    /// Reads what `description` writes.
    init(parsing text: String) throws(ChaosError) {
        for (index, word) in text.split(separator: " ").enumerated() {
            if index == 0, let role = Role(rawValue: String(word)) {
                self.role = role
            } else if let equals = word.firstIndex(of: "=") {
                try set(word[..<equals], String(word[word.index(after: equals)...]))
            } else if let pattern = SubjectPattern(String(word)) {
                self.pattern = pattern
            } else {
                throw ChaosError("'\(word)' is no pattern of resource names, such as library.books.>")
            }
        }
        guard !isIdle else {
            throw ChaosError(
                "'\(text)' does nothing: latency, errors, drops, timeouts or stall is wanted, as errors=5%"
            )
        }
    }

    private mutating func set(_ name: Substring, _ value: String) throws(ChaosError) {
        switch name {
        case "latency": latency = try Latency(parsing: value)
        case "errors": errorRate = try Share.parse(value)
        case "drops": dropRate = try Share.parse(value)
        case "timeouts": timeoutRate = try Share.parse(value)
        case "stall": stall = min(try Latency(parsing: value).mean / 1000, ChaosRule.maximumStall)
        case "connection": connection = value
        default:
            throw ChaosError("'\(name)' is none of latency, errors, drops, timeouts, stall and connection")
        }
    }
}

/// Why a chaos setting cannot be understood.
struct ChaosError: Error, Equatable {
    let message: String

    init(_ message: String) { self.message = message }
}

/// A share of requests, as `5%` or `0.05`.
enum Share {
    static func parse(_ text: String) throws(ChaosError) -> Double {
        let isPercent = text.hasSuffix("%")
        guard let number = Double(isPercent ? String(text.dropLast()) : text), number.isFinite else {
            throw ChaosError("'\(text)' is no share, such as 5% or 0.05")
        }
        let share = isPercent ? number / 100 : number
        guard 0...1 ~= share else { throw ChaosError("'\(text)' is not between 0 and 100%") }
        return share
    }

    static func text(_ share: Double) -> String {
        let percent = (share * 10_000).rounded() / 100
        return percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
    }
}
