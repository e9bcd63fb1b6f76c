import WebServer

extension HTTPRequest {
    /// The field by which a request asks to be answered later, and the parameter of the query.
    private static let delayField = "X-Resdev-Delay"
    private static let delayParameter = "_delay="

    /// Whether the request asks for a delay; all that a request costs where it may and does not.
    var asksForDelay: Bool {
        if fields.contains(HTTPRequest.delayField) { return true }
        guard let query else { return false }
        let mark = HTTPRequest.delayParameter.utf8
        var rest = query.utf8[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "_")) {
            if rest[start...].starts(with: mark) { return true }
            rest = rest[rest.index(after: start)...]
        }
        return false
    }

    /// The delay that the request asks for, as it was written; takes it out of the query, which services must not see.
    ///
    /// The parameter counts more than the header field.
    mutating func takeDelay() -> String? {
        let asked = fields[HTTPRequest.delayField]
        guard let query, query.contains(HTTPRequest.delayParameter) else { return asked }
        let parts = query.split(separator: "&", omittingEmptySubsequences: false)
        let kept = parts.filter { !$0.hasPrefix(HTTPRequest.delayParameter) }
        guard kept.count < parts.count else { return asked }
        self.query = kept.isEmpty ? nil : kept.joined(separator: "&")
        return parts.last { $0.hasPrefix(HTTPRequest.delayParameter) }
            .map { String($0.dropFirst(HTTPRequest.delayParameter.count)) }
    }
}
