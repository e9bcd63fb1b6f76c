import RESProtocol

/// The methods of the store's resources: those that an answer to an access request can name.
enum StoreMethod {
    static let row = ["set", "put", "delete", "increment"]
    static let collection = ["new", "batch"]
    static let generic = ["add", "delete", "new", "put", "remove", "set"]
}

extension AccessPolicy {
    /// The methods that an answer grants, as gateways read them: `*`, or names with commas between; nil for none.
    static func grant(
        _ rules: Rules,
        among methods: [String],
        isGranted: (Rule, String) throws(SQLiteError) -> Bool
    ) throws(SQLiteError) -> String? {
        if rules.methods.isEmpty, case .open = rules.others { return "*" }
        var granted: [String] = []
        for method in Set(methods).union(rules.methods.keys).sorted()
        where try isGranted(rules.rule(for: method), method) {
            granted.append(method)
        }
        return granted.isEmpty ? nil : granted.joined(separator: ",")
    }
}
