/// A value of a configuration file, with the place where it stands.
package struct ConfigurationValue: Hashable, Sendable {
    package let content: Content
    /// Where it stands; of what comes from a variable, where the variable is named.
    package let position: ConfigurationPosition

    package enum Content: Hashable, Sendable {
        /// A text, and whether it stood in quotes or in a block.
        case string(String, isQuoted: Bool)
        /// A whole number, and the unit that was multiplied in, as in `64kb`; empty without one.
        case integer(Int64, unit: String)
        case float(Double)
        case bool(Bool)
        /// A date, in seconds since 1970 began (UTC).
        case date(Int64)
        case array([ConfigurationValue])
        case map(ConfigurationMap)
    }

    package init(_ content: Content, at position: ConfigurationPosition) {
        self.content = content
        self.position = position
    }

    /// The same value, standing elsewhere.
    func moved(to position: ConfigurationPosition) -> ConfigurationValue {
        ConfigurationValue(content, at: position)
    }
}

/// A value with its key.
package struct ConfigurationField: Hashable, Sendable {
    /// The key as it is written.
    package let key: String
    /// Where the key stands.
    package let position: ConfigurationPosition
    package let value: ConfigurationValue
    /// Whether a variable names this field: it then needs no meaning of its own.
    package internal(set) var isVariable = false

    package init(key: String, position: ConfigurationPosition, value: ConfigurationValue) {
        self.key = key
        self.position = position
        self.value = value
    }
}

/// Keys and values in the order of the file.
///
/// A key that comes twice, written alike, has its last value.
package struct ConfigurationMap: Hashable, Sendable {
    package private(set) var fields: [ConfigurationField] = []
    private var places: [String: Int] = [:]

    package init() {}

    /// The field with a key; upper and lower case count as equal, and of several the last one is meant.
    ///
    /// - Complexity: O(*n*).
    package subscript(key: String) -> ConfigurationField? {
        let key = key.lowercased()
        return fields.last { $0.key.lowercased() == key }
    }

    /// Adds a field.
    mutating func set(_ field: ConfigurationField) {
        if let place = places[field.key] {
            var field = field
            field.isVariable = field.isVariable || fields[place].isVariable
            fields[place] = field
        } else {
            places[field.key] = fields.count
            fields.append(field)
        }
    }

    /// The value that a variable names, exactly as it is written; marks it.
    mutating func useVariable(_ name: String) -> ConfigurationValue? {
        guard let place = places[name] else { return nil }
        fields[place].isVariable = true
        return fields[place].value
    }

    /// Refuses a field that is none of these keys, with the one that is probably meant.
    ///
    /// - Parameter variablesAllowed: whether fields that are used as variables may have any key, as at the top of a file.
    package func expectOnly(
        _ keys: some Collection<String>,
        variablesAllowed: Bool = false
    ) throws(ConfigurationError) {
        for field in fields where !keys.contains(field.key.lowercased()) {
            if variablesAllowed, field.isVariable { continue }
            throw ConfigurationError(
                "unknown field \"\(field.key)\"\(field.key.suggestion(among: keys))",
                at: field.position
            )
        }
    }
}

extension String {
    /// The end of an error sentence that names the nearest of what is known, empty when none is near.
    fileprivate func suggestion(among known: some Collection<String>) -> String {
        nearestMatch(among: known).map { "; did you mean \"\($0)\"?" } ?? ""
    }
}
