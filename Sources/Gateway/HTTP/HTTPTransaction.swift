import RESProtocol
import WebServer

/// One request for a resource from its start to its answer.
final class HTTPTransaction {
    let session: HTTPSession
    /// What the method that authenticates said about the answer.
    var authenticationMeta: ServiceResponse.Meta?

    private let exchange: HTTPExchange
    private let answers: HTTPAnswer
    private let own: [HTTPField]

    init(
        exchange: HTTPExchange,
        answers: HTTPAnswer,
        own: [HTTPField],
        session: HTTPSession
    ) {
        self.exchange = exchange
        self.answers = answers
        self.own = own
        self.session = session
        exchange.onAbandon = { session.close() }
    }

    /// Gives an answer made by others and ends the session.
    func respond(_ response: HTTPResponse) {
        var response = response
        response.fields += own
        exchange.respond(response)
        session.close()
    }

    /// Gives the answer and ends the session.
    func completed(_ outcome: HTTPSession.Outcome, _ metas: [ServiceResponse.Meta]) {
        let meta = ResponseMeta(merging: (authenticationMeta.map { [$0] } ?? []) + metas)
        exchange.respond(
            answers.response(to: outcome, meta: meta, method: exchange.request.method, own: own)
        )
        session.close()
    }
}
