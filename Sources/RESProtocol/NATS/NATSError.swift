/// Why there is no connection to a NATS server, in words its user can act on.
package struct NATSError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure that a program tells apart.
    package enum Code: Hashable, Sendable {
        /// An address, or a list of them, is malformed.
        case invalidAddress
        /// No server has that name.
        case hostNotFound
        /// Nobody listens at the address.
        case refused
        /// The address could not be reached, or the connection broke before it stood.
        case unreachable
        /// The server took too long to connect or to answer.
        case timedOut
        /// TLS is asked for, and the server does not offer it.
        case tlsUnavailable
        /// The TLS handshake failed, or the own certificate cannot be used.
        case tlsFailed
        /// The server does not accept the credentials, or wants some.
        case authorization
        /// The credentials cannot be read.
        case invalidCredentials
        /// The other side is no NATS server, or breaks the protocol.
        case protocolViolation
        /// The server ended the connection and said why.
        case refusedByServer
        /// The server stopped answering pings.
        case staleConnection
        /// The connection is gone.
        case disconnected
        /// The bus was closed.
        case closed
    }

    package let code: Code
    /// A sentence that names what, where, and what would be right.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
