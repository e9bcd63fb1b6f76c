/// What the store is held to, over random changes that a seed repeats.
package enum Oracle: String, CaseIterable {
    /// Databases of random shape.
    case shapes
    /// Databases of random shape, in files that another connection writes to.
    case outside
    /// One schema with every kind of table.
    case fixed
    /// The same, in a file.
    case file

    /// Runs some steps.
    ///
    /// - Throws: `OracleFailure` at the first difference.
    package func run(seed: UInt64, steps: Int) throws {
        switch self {
        case .shapes, .outside:
            var oracle = try ShapeOracle(seed: seed, isFile: self == .outside)
            try oracle.run(steps: steps)
        case .fixed, .file: try FixedOracle().run(seed: seed, steps: steps, isFile: self == .file)
        }
    }
}
