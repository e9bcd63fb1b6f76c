import RESProtocol

/// The resource names that a system reset event speaks of (RES service protocol, "System reset event").
struct ResetPatterns {
    private let patterns: [SubjectPattern]

    /// Reads a list of patterns; those that are none are passed over, and what is no list holds none.
    init(_ list: JSONSlice?) {
        guard let list, list.kind == .array else {
            patterns = []
            return
        }
        patterns = list.elements.compactMap { $0.string.flatMap { SubjectPattern($0) } }
    }

    var isEmpty: Bool { patterns.isEmpty }

    /// Whether one of them matches a resource name.
    func match(_ name: String) -> Bool { patterns.contains { $0.matches(name) } }
}
