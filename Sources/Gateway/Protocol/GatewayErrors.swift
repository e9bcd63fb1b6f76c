package import RESProtocol

/// Errors that only a gateway gives.
extension RESError {
    /// What is guarded is not for this client.
    static let outOfReach = RESError.accessDenied.saying(
        "The server's own resources are for programs and pages of the machine it runs on"
    )
    static let unsupportedProtocol = RESError(
        code: "system.unsupportedProtocol",
        message: "Unsupported protocol"
    )
    /// A resource has as many direct subscriptions by one connection as it may have.
    static let subscriptionLimitExceeded = RESError(
        code: "system.subscriptionLimitExceeded",
        message: "Subscription limit exceeded"
    )
    /// A connection has as many requests under way as it may have.
    static let requestLimitExceeded = RESError(
        code: "system.requestLimitExceeded",
        message: "Request limit exceeded"
    )
    /// A resource was unsubscribed while a request for it was still under way.
    static let disposedSubscription = RESError(
        code: "system.disposedSubscription",
        message: "Resource subscription is disposed"
    )
    /// A resource id or method makes a subject that the bus does not carry.
    package static let subjectTooLong = RESError(code: "system.subjectTooLong", message: "Subject too long")

    /// A service's answer, or the gateway itself, broke a rule; `problem` says which.
    static func internalError(_ problem: String) -> RESError {
        RESError.internalError.saying("Internal error: \(problem)")
    }

    static let invalidServiceResponse = RESError.internalError("invalid service response")
    static let missingResult = RESError.internalError("response missing result")
    static let nonResourceResponse = RESError.internalError("non-resource response on new request")
}
