import RESProtocol

/// What a service answered to a get request.
enum GetAnswer {
    /// The content and its normalised query, which is empty when it has none.
    case content(CachedContent, String)
    /// - Parameter isAnswered: whether a service has said so; false where none has answered.
    case failure(RESError, isAnswered: Bool)

    init(_ answer: ServiceAnswer) {
        switch answer.result {
        case .failure(let error): self = .failure(error, isAnswered: answer.isAnswered)
        case .success(let result):
            guard let (content, query) = CachedContent.decode(getResult: result) else {
                self = .failure(.invalidServiceResponse, isAnswered: true)
                return
            }
            self = .content(content, query)
        }
    }
}
