/// What stands behind the `?` of a request to the monitoring.
struct QueryParameters: Equatable {
    private var values: [String: String] = [:]

    /// - Parameter query: `a=1&b=two`, with escapes; of several values of a name the first one counts.
    init(_ query: String?) {
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = QueryParameters.decode(parts[0])
            if values[name] == nil { values[name] = parts.count > 1 ? QueryParameters.decode(parts[1]) : "" }
        }
    }

    /// The value of a name; empty when it is not there.
    subscript(name: String) -> String { values[name] ?? "" }

    /// A whole number; 0 when it is not there.
    func integer(_ name: String) throws(MonitoringError) -> Int {
        let text = self[name]
        if text.isEmpty { return 0 }
        guard let number = Int(text) else {
            throw .badRequest("Error decoding int for '\(name)': \"\(text)\" is no whole number")
        }
        return number
    }

    /// A number that counts; 0 when it is not there.
    func count(_ name: String) throws(MonitoringError) -> UInt64 {
        let text = self[name]
        if text.isEmpty { return 0 }
        guard let number = UInt64(text) else {
            throw .badRequest("Error decoding uint64 for '\(name)': \"\(text)\" is no number from 0 on")
        }
        return number
    }

    /// A flag; false when it is not there.
    func flag(_ name: String) throws(MonitoringError) -> Bool {
        switch self[name] {
        case "1", "t", "T", "true", "TRUE", "True": return true
        case "", "0", "f", "F", "false", "FALSE", "False": return false
        default:
            throw .badRequest("Error decoding boolean for '\(name)': \"\(self[name])\" is neither 1 nor 0")
        }
    }

    private static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16),
                rest.count >= 2
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Why a question to the monitoring cannot be answered.
enum MonitoringError: Error, Equatable {
    /// The question is wrong.
    case badRequest(String)
    /// There is nothing of that name.
    case notFound(String)

    /// What is wrong.
    var message: String {
        switch self {
        case .badRequest(let message), .notFound(let message): message
        }
    }

    /// As answers under `$SYS` number it.
    var code: Int {
        switch self {
        case .badRequest: 400
        case .notFound: 500
        }
    }
}
