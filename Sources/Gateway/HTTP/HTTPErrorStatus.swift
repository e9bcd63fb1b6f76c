package import RESProtocol

/// Which status stands for which error, over HTTP.
extension RESError {
    /// The status of an answer with this error.
    package var httpStatus: Int {
        switch code {
        case "system.notFound", "system.methodNotFound", "system.timeout": 404
        case "system.accessDenied": 401
        case "system.forbidden": 403
        case "system.methodNotAllowed": 405
        case "system.subjectTooLong": 414
        case "system.internalError": 500
        case "system.serviceUnavailable": 503
        default: 400
        }
    }

    /// The error that stands in an answer of which a service gave the status alone.
    ///
    /// - Parameter status: 400–599.
    package init(httpStatus status: Int) {
        switch status {
        case 401, 402, 407: self = .accessDenied
        case 403, 451: self = .forbidden
        case 404, 410: self = .notFound
        case 405: self = .methodNotAllowed
        case 408, 504: self = .timeout
        case 400..<500: self = .badRequest
        case 501: self = .notImplemented
        case 503: self = .serviceUnavailable
        default: self = .internalError
        }
    }

    /// A request that cannot be understood.
    package static let badRequest = RESError(code: "system.badRequest", message: "Bad request")

    /// A page of an origin that may not use the gateway.
    static let forbiddenOrigin = RESError.forbidden.saying("Forbidden origin")
}
