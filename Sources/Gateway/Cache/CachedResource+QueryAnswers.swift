import RESProtocol

extension CachedResource {
    /// Applies the answer to a query request: events, or the whole content (RES service protocol, "Query request").
    func queryAnswered(_ answer: ServiceAnswer) {
        guard state == .loaded else { return }
        switch answer.response.outcome {
        case .error(let error): queryFailed(error, answer)
        case .resource: invalidQueryAnswer()
        case .result(let result):
            let given = ["events", "model", "collection"].filter { result[$0] != nil }
            guard given.count <= 1, result.kind == .object else { return invalidQueryAnswer() }
            if let events = result["events"], !events.isNull { return apply(queryEvents: events) }
            guard !given.isEmpty, given != ["events"] else { return }
            guard let new = ResourceContent(decoding: result).map(CachedContent.init),
                new.kind == content?.kind
            else { return invalidQueryAnswer() }
            become(new)
        }
    }

    private func apply(queryEvents events: JSONSlice) {
        guard events.kind == .array else { return invalidQueryAnswer() }
        for event in events.elements {
            guard let name = event["event"]?.string else {
                invalidQueryAnswer()
                continue
            }
            let data = event["data"].flatMap { $0.isNull ? nil : $0 }
            received(name, data)
        }
    }

    private func queryFailed(_ error: RESError, _ answer: ServiceAnswer) {
        if case .payload = answer, error.code == RESError.notFound.code { return apply(.delete) }
        name.cache.report("query request failed: \(error.code) \(error.message)", id.text)
        // A service that answers with an error knows what it does; one that gives no answer leaves the content unknown.
        if case .failure = answer { reset() }
    }

    private func invalidQueryAnswer() {
        name.cache.report("answer to a query request that is not of its form", id.text)
    }
}
