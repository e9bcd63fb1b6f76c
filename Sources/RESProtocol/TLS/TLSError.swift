/// Why TLS cannot be set up as it is configured: a sentence that names the file or setting, and the cause.
package struct TLSError: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) {
        self.message = message
    }

    package var description: String { message }
}
