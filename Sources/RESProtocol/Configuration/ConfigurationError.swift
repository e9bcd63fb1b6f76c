/// A place in a configuration file.
package struct ConfigurationPosition: Hashable, Sendable, CustomStringConvertible {
    /// The file as it was named.
    package let file: String
    /// From 1 on.
    package let line: Int
    /// In characters, from 1 on.
    package let column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String { "\(file):\(line):\(column)" }
}

/// What is wrong in a configuration file, and where.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    package let position: ConfigurationPosition
    /// What was found, and what would be right.
    package let message: String

    package init(_ message: String, at position: ConfigurationPosition) {
        self.message = message
        self.position = position
    }

    package var description: String { "\(position): \(message)" }
}
