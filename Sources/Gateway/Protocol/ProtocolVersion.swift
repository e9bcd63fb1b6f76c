package import RESProtocol

/// The RES client protocol that a client speaks (RES client protocol, "Version request").
package struct ProtocolVersion: Hashable, Comparable, Sendable {
    /// Major, minor and patch as one number: 1.2.3 is 1_002_003.
    private let number: Int

    private init(number: Int) {
        self.number = number
    }

    /// What a client speaks that never told a version.
    package static let assumed = ProtocolVersion(number: 1_001_001)
    /// What this gateway speaks.
    package static let current = ProtocolVersion(number: 1_002_003)
    /// Since then a call's result is wrapped in `payload`, and a resource response subscribes.
    static let callResourceResponse = ProtocolVersion(number: 1_002_000)
    /// Since then clients know soft references and data values.
    static let softReferenceAndData = ProtocolVersion(number: 1_002_001)

    /// `1.2.3` and the like.
    package var text: String { "\(number / 1_000_000).\(number / 1000 % 1000).\(number % 1000)" }

    /// The text of `current`, which answers every version request.
    package static let currentText = "1.2.3"

    /// Reads `major.minor.patch`, each part 0 to 999 in any decimal spelling (`01`, `+1`).
    ///
    /// - Throws: `system.invalidParams` for another form, `system.unsupportedProtocol` for a major version other than 1.
    package init(parsing text: String) throws(RESError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw RESError.invalidParams }
        var number = 0
        for part in parts {
            guard let value = Int(part), 0...999 ~= value else { throw RESError.invalidParams }
            number = number * 1000 + value
        }
        guard 1_000_000..<2_000_000 ~= number else { throw RESError.unsupportedProtocol }
        self.number = number
    }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    /// Whether soft references and data values are sent in the form that older clients understand.
    var usesLegacyValues: Bool { self < .softReferenceAndData }
}
