/// What an oracle has found to be wrong.
package struct OracleFailure: Error, CustomStringConvertible {
    package let description: String

    /// Throws unless a condition holds.
    static func unless(_ condition: Bool, _ text: @autoclosure () -> String) throws(OracleFailure) {
        guard !condition else { return }
        throw OracleFailure(description: text())
    }
}
