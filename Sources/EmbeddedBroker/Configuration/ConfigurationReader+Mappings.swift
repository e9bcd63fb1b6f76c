import RESProtocol

extension ConfigurationReader {
    /// The `mappings` of the global account or of another.
    func readMappings(_ value: ConfigurationValue) throws(ConfigurationError) -> [BrokerMapping] {
        var mappings: [BrokerMapping] = []
        for field in try value.map().fields where !field.isVariable {
            guard field.key.isSubjectPattern else {
                throw ConfigurationError(
                    "subject \"\(field.key)\" is not a valid subject",
                    at: field.position
                )
            }
            var mapping = BrokerMapping(source: field.key, destinations: [])
            if case .string(let subject, _) = field.value.content {
                mapping.destinations = [.init(subject: subject, weight: 100)]
            } else {
                for element in field.value.elements {
                    mapping.destinations.append(try readDestination(element))
                }
            }
            try check(mapping, at: field.position)
            mappings.append(mapping)
        }
        return mappings
    }

    private func readDestination(
        _ value: ConfigurationValue
    ) throws(ConfigurationError) -> BrokerMapping.Destination {
        let map = try value.map()
        try map.expectOnly(["dest", "destination", "weight", "cluster"], variablesAllowed: true)
        guard let subject = map["dest"] ?? map["destination"] else {
            throw value.expected("a map with \"destination\"")
        }
        let text = try subject.value.string()
        guard let weight = map["weight"] else {
            throw ConfigurationError("Missing weight for mapping destination \"\(text)\"", at: value.position)
        }
        return .init(subject: text, weight: try readWeight(weight.value))
    }

    /// A number of per cent, with or without the sign.
    private func readWeight(_ value: ConfigurationValue) throws(ConfigurationError) -> Int {
        if case .string(let text, _) = value.content, text.hasSuffix("%"),
            let weight = Int(text.dropLast()), 0...100 ~= weight
        {
            return weight
        }
        return try value.integer(in: 0...100)
    }

    private func check(
        _ mapping: BrokerMapping,
        at position: ConfigurationPosition
    ) throws(ConfigurationError) {
        for destination in mapping.destinations {
            do {
                _ = try SubjectTransform(from: mapping.source, to: destination.subject)
            } catch {
                throw ConfigurationError(
                    "Error adding mapping for \"\(mapping.source)\" to \"\(destination.subject)\": \(error)",
                    at: position
                )
            }
        }
        guard mapping.destinations.reduce(0, { $0 + $1.weight }) <= 100 else {
            throw ConfigurationError(
                "Error adding mapping for \"\(mapping.source)\": total weight needs to be <= 100",
                at: position
            )
        }
    }
}
