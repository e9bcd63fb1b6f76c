import RESProtocol

/// A value that a rule's expression takes from the request.
enum RuleParameter: Hashable, Sendable {
    /// `:token` as JSON text, or a member of it as `:token.role`; NULL where there is none.
    case token([String])
    /// The parameters of the call, or a member of them.
    case params([String])
    /// The method that is called; NULL where nothing is called.
    case method

    /// Reads a name such as `token.role`; nil when it is no parameter of rules.
    init?(name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !parts.contains("") else { return nil }
        switch parts[0] {
        case "token": self = .token(Array(parts.dropFirst()))
        case "params": self = .params(Array(parts.dropFirst()))
        case "method" where parts.count == 1: self = .method
        default: return nil
        }
    }
}

/// What a request gives to the parameters of rules.
struct RuleArguments {
    var token: JSONSlice?
    var params: JSONSlice?
    var method: String?

    func value(of parameter: RuleParameter) -> SQLValue {
        switch parameter {
        case .token(let path): RuleArguments.value(token, path)
        case .params(let path): RuleArguments.value(params, path)
        case .method: method.map { .text(SQLBytes($0)) } ?? .null
        }
    }

    /// A member as SQL has it: numbers, texts, 0 and 1 for false and true; anything larger as JSON text.
    private static func value(_ slice: JSONSlice?, _ path: [String]) -> SQLValue {
        var slice = slice
        for name in path {
            guard slice?.kind == .object else { return .null }
            slice = slice?[name]
        }
        guard let slice else { return .null }
        switch slice.kind {
        case .null: return .null
        case .string: return .text(SQLBytes(slice.string ?? ""))
        case .number: return slice.integer.map { .integer($0) } ?? slice.double.map { .real($0) } ?? .null
        case .object, .array: return .text(SQLBytes(slice.text))
        default: return slice.bool.map { .integer($0 ? 1 : 0) } ?? .null
        }
    }
}
