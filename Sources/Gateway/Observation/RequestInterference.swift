package import RESProtocol

/// Who may delay, refuse or drop what clients ask for, to show how an app takes that; nil where nobody asked for it.
package protocol RequestInterference: AnyObject {
    /// Decides about a request, at once or later.
    ///
    /// - Parameters:
    ///   - delay: what the request itself asks for, as `200ms`; nil when it does not.
    ///   - then: runs exactly once; of one connection in the order of its requests.
    func admit(_ request: ClientExchange, delay: String?, then: @escaping (RequestVerdict) -> Void)
}

/// What is to become of a request.
package enum RequestVerdict {
    /// It is served.
    case serve
    /// It is answered with an error, and nobody is asked.
    case refuse(RESError)
    /// The connection is cut without a word.
    case drop
}
