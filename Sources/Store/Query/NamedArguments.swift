import RESProtocol

/// The values for the parameters of named SQL.
struct NamedArguments: Hashable, Sendable {
    /// In the order of the parameters.
    private(set) var values: [SQLValue] = []
    /// Rows that are passed over, and given at most.
    private(set) var start = 0
    private(set) var limit: Int
    private var given: [String: SQLValue] = [:]

    /// Reads a query: `name=value` for each parameter, and `start` and `limit` where the SQL has no such parameter.
    init(query text: String?, for named: NamedQuery, limits: QueryLimits) throws(RESError) {
        limit = limits.defaultLimit
        guard (text?.utf8.count ?? 0) <= limits.maximumLength, let pairs = QueryText.pairs(of: text ?? "")
        else {
            throw .invalidQuery.saying("The query is too long, or no percent-encoded UTF-8")
        }
        for (name, value) in pairs {
            if named.parameters.contains(name) {
                guard given[name] == nil else { throw .invalidQuery.saying("\(name) is given twice") }
                given[name] = try NamedArguments.value(value, named.parameter(name), name)
            } else if name == "start" || name == "limit" {
                try readWindow(name, value, limits)
            } else {
                throw .invalidQuery.saying(NamedArguments.unknown(name, named))
            }
        }
        values = try NamedArguments.complete(given, named) { .invalidQuery.saying($0) }
    }

    /// Reads the parameters of a call: an object with a member for each parameter.
    init(params: JSONSlice?, for named: NamedQuery, limits: QueryLimits) throws(RESError) {
        limit = limits.maximumLimit
        guard params == nil || params?.kind == .object || params?.isNull == true else {
            throw .invalidParams.saying("The parameters are no object")
        }
        for (name, value) in (params ?? .emptyObject).members {
            let name = name.string ?? ""
            guard named.parameters.contains(name) else {
                throw .invalidParams.saying(NamedArguments.unknown(name, named))
            }
            given[name] = try NamedArguments.value(value, named.parameter(name), name)
        }
        values = try NamedArguments.complete(given, named) { .invalidParams.saying($0) }
    }

    /// The canonical query; never empty.
    func text(for named: NamedQuery, limits: QueryLimits) -> String {
        var pieces: [String] = []
        for (name, value) in zip(named.parameters, values) where given[name] != nil {
            pieces.append(QueryText.encode(name) + "=" + QueryText.encode(NamedArguments.text(value)))
        }
        if start != 0 { pieces.append("start=\(start)") }
        if limit != limits.defaultLimit || pieces.isEmpty {
            pieces.append(named.parameters.contains("limit") ? "start=\(start)" : "limit=\(limit)")
        }
        return Set(pieces).sorted().joined(separator: "&")
    }

    private mutating func readWindow(_ name: String, _ value: String, _ limits: QueryLimits) throws(RESError)
    {
        let range = name == "start" ? 0...Int.max / 2 : 1...max(1, limits.maximumLimit)
        guard let number = Int(value), range.contains(number) else {
            throw .invalidQuery.saying(
                "\(name) is \(value.debugDescription); a whole number, \(range.lowerBound) to \(range.upperBound), would be right"
            )
        }
        if name == "start" { start = number } else { limit = number }
    }

    private static func complete(
        _ given: [String: SQLValue],
        _ named: NamedQuery,
        _ error: (String) -> RESError
    ) throws(RESError) -> [SQLValue] {
        var values: [SQLValue] = []
        for name in named.parameters {
            guard let value = given[name] ?? (named.parameter(name).isOptional ? .null : nil) else {
                throw error("\(named.definition.name) needs a value for \(name)")
            }
            values.append(value)
        }
        return values
    }

    private static func unknown(_ name: String, _ named: NamedQuery) -> String {
        let known =
            named.parameters.isEmpty ? "it has none" : "it has " + named.parameters.joined(separator: ", ")
        let question = NearestName.question(name, among: named.parameters)
        return "\(named.definition.name) has no parameter \(name)"
            + (question.isEmpty ? "; " + known : question)
    }

    /// The value that a text in a query stands for.
    private static func value(
        _ text: String,
        _ parameter: NamedSQL.Parameter,
        _ name: String
    ) throws(RESError) -> SQLValue {
        let number = Operand.number(text)
        switch parameter.type {
        case .text: return .text(SQLBytes(text))
        case .any:
            // `007` and `1.50` may be names; what a number's own text is, is the number.
            guard let number, NamedArguments.text(number) == text else { return .text(SQLBytes(text)) }
            return number
        case .integer:
            guard case .integer? = number else { throw mismatch(name, text, "a whole number") }
        case .real:
            guard number != nil else { throw mismatch(name, text, "a number") }
        case .boolean:
            guard let flag = ["true": 1, "1": 1, "false": 0, "0": 0][text] else {
                throw mismatch(name, text, "true or false")
            }
            return .integer(Int64(flag))
        }
        return number ?? .null
    }

    private static func mismatch(_ name: String, _ text: String, _ wanted: String) -> RESError {
        .invalidQuery.saying("\(name) is \(text.debugDescription); \(wanted) would be right")
    }

    /// The value that a member of a call's parameters stands for.
    private static func value(
        _ value: JSONSlice,
        _ parameter: NamedSQL.Parameter,
        _ name: String
    ) throws(RESError) -> SQLValue {
        let converted = try plainValue(value, name)
        let fits =
            switch (parameter.type, converted) {
            case (.any, _), (_, .null), (.integer, .integer), (.real, .integer), (.real, .real),
                (.text, .text):
                true
            case (.boolean, .integer(let flag)): flag == 0 || flag == 1
            default: false
            }
        guard fits else {
            throw .invalidColumn(
                name,
                "\(name) is \(value.text.prefix(60)); \(parameter.type.wanted) would be right"
            )
        }
        return converted
    }

    private static func plainValue(_ value: JSONSlice, _ name: String) throws(RESError) -> SQLValue {
        switch value.kind {
        case .null: return .null
        case .true: return .integer(1)
        case .false: return .integer(0)
        case .number:
            if let integer = value.integer { return .integer(integer) }
            guard let real = value.double else {
                throw .invalidColumn(name, "\(name): \(value.text.prefix(60)) is too large for a number")
            }
            return .real(real)
        case .string: return .text(SQLBytes(value.string ?? ""))
        case .object where value["$base64"]?.bool == true:
            guard let bytes = value["encoded"]?.string.flatMap({ Base64.decode($0) }) else {
                throw .invalidColumn(name, "\(name): encoded is no base64")
            }
            return .blob(bytes)
        case .object, .array: return .text(SQLBytes((value["data"] ?? value).text))
        }
    }

    private static func text(_ value: SQLValue) -> String {
        switch value {
        case .null, .blob: ""
        case .integer(let number): String(number)
        case .real(let number): number.description
        case .text(let text): text.string
        }
    }
}

extension NamedSQL.ParameterType {
    /// What a value of the type is, for messages.
    fileprivate var wanted: String {
        switch self {
        case .any: "a value"
        case .integer: "a whole number"
        case .real: "a number"
        case .text: "a string"
        case .boolean: "a boolean"
        }
    }
}
