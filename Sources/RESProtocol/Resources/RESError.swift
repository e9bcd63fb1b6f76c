package import struct NIOCore.ByteBuffer

/// A RES error as a peer sees it: a value that is passed on, never thrown past the protocol (RES protocol, "Error object").
package struct RESError: Error, Hashable, Sendable {
    /// Dotted code, such as `system.notFound`; empty when a service left it out.
    package var code: String
    /// A sentence for people.
    package var message: String
    /// More for programs, where a service gives it.
    package var data: JSONSlice?

    package init(code: String, message: String, data: JSONSlice? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// Reads an error object; members that are missing or null are taken as empty. Nil for any other value, and where
    /// the code or the message is not a string.
    package init?(decoding object: JSONSlice) {
        guard object.kind == .object, let code = RESError.text(object["code"]),
            let message = RESError.text(object["message"])
        else { return nil }
        self.init(code: code, message: message, data: object["data"])
    }

    private static func text(_ member: JSONSlice?) -> String? {
        guard let member, !member.isNull else { return "" }
        return member.string
    }

    /// Writes the error object.
    package func encode(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"code\":")
        buffer.writeJSON(code)
        buffer.writeStaticString(",\"message\":")
        buffer.writeJSON(message)
        if let data {
            buffer.writeStaticString(",\"data\":")
            buffer.writeJSON(data)
        }
        buffer.writeStaticString("}")
    }
}

/// The codes that the protocol defines, with the messages that services and gateways in the field use.
extension RESError {
    package static let accessDenied = RESError(code: "system.accessDenied", message: "Access denied")
    package static let forbidden = RESError(code: "system.forbidden", message: "Forbidden")
    package static let internalError = RESError(code: "system.internalError", message: "Internal error")
    package static let invalidParams = RESError(code: "system.invalidParams", message: "Invalid parameters")
    package static let invalidQuery = RESError(code: "system.invalidQuery", message: "Invalid query")
    package static let invalidRequest = RESError(code: "system.invalidRequest", message: "Invalid request")
    package static let methodNotFound = RESError(code: "system.methodNotFound", message: "Method not found")
    package static let methodNotAllowed = RESError(
        code: "system.methodNotAllowed",
        message: "Method not allowed"
    )
    package static let noSubscription = RESError(code: "system.noSubscription", message: "No subscription")
    package static let notFound = RESError(code: "system.notFound", message: "Not found")
    package static let notImplemented = RESError(code: "system.notImplemented", message: "Not implemented")
    package static let timeout = RESError(code: "system.timeout", message: "Request timeout")
    package static let serviceUnavailable = RESError(
        code: "system.serviceUnavailable",
        message: "Service unavailable"
    )

    /// The same error with a message that says what, where, and what would be right.
    package func saying(_ message: String) -> RESError {
        RESError(code: code, message: message, data: data)
    }
}
