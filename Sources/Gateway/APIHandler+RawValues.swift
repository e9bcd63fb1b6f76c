import RESProtocol
import WebServer

/// Requests for values' raw bytes.
extension APIHandler {
    /// A request for a value's raw bytes, which pages of other origins may make as well.
    func rawValueRequested(_ values: RawValues, _ place: ResourcePath.Place, _ exchange: HTTPExchange) {
        let request = exchange.request
        guard request.method != .options else {
            return exchange.respond(policy.preflight(request, allowedMethods: RawValues.allowedMethods))
        }
        let verdict = policy.verdict(for: request)
        let target: (resource: ResourceID, method: String)
        let method: String?
        do throws(RESError) {
            guard verdict.isAllowed else { throw .forbiddenOrigin }
            method = try request.method.rawValueMethod
            guard let named = rawPaths.method(place, query: nil) else { throw .notFound }
            target = named
        } catch {
            let allow = error == .methodNotAllowed ? [HTTPField("Allow", RawValues.allowedMethods)] : []
            return exchange.respond(HTTPAnswer.error(error, fields: verdict.fields + allow))
        }
        let transaction = HTTPTransaction(
            exchange: exchange,
            answers: answers,
            own: verdict.fields,
            session: makeSession(for: exchange)
        )
        authenticated(transaction) {
            transaction.session.authorise(target.resource.text, method: method) { refusal, metas in
                if let refusal { return transaction.completed(refusal, metas) }
                values.serve(request, target.resource, target.method) { transaction.respond($0) }
            }
        }
    }
}
