/// Why a store cannot be opened.
package struct StoreError: Error, Hashable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        case missing, notADatabase, locked, unreadable, unwritable, script, configuration
    }

    package var code: Code
    /// What is wrong, with the file's path.
    package var message: String
    /// What would help.
    package var remedy: String?

    package init(_ code: Code, _ message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    package var description: String { remedy.map { "\(message); \($0)" } ?? message }
}
