/// How an account rewrites the subjects that are published to.
struct SubjectMappings {
    private struct Mapping {
        let destinations: [(transform: SubjectTransform, weight: Int)]
        /// What becomes of the share that no destination has: it stays as it is, or it is lost on purpose, where the
        /// source itself is among the destinations.
        let losesRest: Bool
    }

    private var mappings: [Mapping] = []

    /// - Returns: nil when there is nothing to rewrite.
    init?(_ configured: [BrokerMapping]) throws(SubjectTransform.Problem) {
        for mapping in configured {
            var destinations: [(transform: SubjectTransform, weight: Int)] = []
            for destination in mapping.destinations {
                let transform = try SubjectTransform(from: mapping.source, to: destination.subject)
                destinations.append((transform, destination.weight))
            }
            let losesRest = mapping.destinations.contains { $0.subject == mapping.source }
            mappings.append(Mapping(destinations: destinations, losesRest: losesRest))
        }
        if mappings.isEmpty { return nil }
    }

    /// What becomes of a message.
    enum Outcome: Equatable {
        case unchanged
        case renamed([UInt8])
        /// It is lost on purpose.
        case dropped
    }

    /// Decides for a subject; the first mapping that matches counts.
    ///
    /// - Parameter random: a number below 100.
    func outcome(for subject: borrowing Span<UInt8>, random: Int) -> Outcome {
        for mapping in mappings {
            guard let first = mapping.destinations.first, first.transform.applied(to: subject) != nil else {
                continue
            }
            var rest = random
            for destination in mapping.destinations {
                if rest < destination.weight, let renamed = destination.transform.applied(to: subject) {
                    return .renamed(renamed)
                }
                rest -= destination.weight
            }
            return mapping.losesRest ? .dropped : .unchanged
        }
        return .unchanged
    }
}
