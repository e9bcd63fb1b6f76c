extension HTTPRequest {
    /// Whether the client asks for pages: `Accept` names `text/html`, as every browser's address bar does.
    package var acceptsHTML: Bool {
        fields.values(of: "Accept").contains { value in
            value.split(separator: ",").contains { range in
                let type = range.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
                return type.lowercased() == "text/html"
            }
        }
    }
}

extension HTTPResponse {
    /// The response, or 304 without its body where the client has that very one (RFC 9110 section 13.1.2).
    package func unlessMatched(by request: HTTPRequest) -> HTTPResponse {
        guard let tag = fields.first(where: { $0.name == "ETag" })?.value else { return self }
        let known = request.fields.values(of: "If-None-Match").flatMap { $0.split(separator: ",") }
        let isKnown = known.contains { candidate in
            var candidate = candidate.drop { $0 == " " || $0 == "\t" }
            if candidate.hasPrefix("W/") { candidate = candidate.dropFirst(2) }
            while candidate.last == " " || candidate.last == "\t" { candidate = candidate.dropLast() }
            return candidate == "*" || candidate == tag
        }
        guard isKnown else { return self }
        return HTTPResponse(304, fields: fields.filter { $0.name != "Content-Type" })
    }
}
