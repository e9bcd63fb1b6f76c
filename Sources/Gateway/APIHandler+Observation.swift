import RESProtocol
import WebServer

import struct NIOCore.ByteBuffer

/// Requests that somebody watches, delays, refuses or drops.
extension APIHandler {
    /// Whether somebody watches or interferes, or has to be asked for the delay that a request wants.
    func isWatched(_ request: HTTPRequest) -> Bool {
        context.interference != nil || context.observer != nil
            || (context.delays != nil && request.asksForDelay)
    }

    /// A request while somebody watches or interferes.
    func watchedRequest(_ place: ResourcePath.Place, _ exchange: HTTPExchange) {
        var request = exchange.request
        let delay = context.delays == nil ? nil : request.takeDelay()
        let resource = paths.resource(place, query: request.query)?.text ?? place.decoded
        watched += 1
        let seen = self.exchange(of: request, resource, number: watched, from: exchange.remoteAddress)
        let interested = context.interference ?? (delay == nil ? nil : context.delays)
        guard let interference = interested else { return observed(place, exchange, request, seen) }
        interference.admit(seen, delay: delay) { [self] verdict in
            switch verdict {
            case .serve: observed(place, exchange, request, seen)
            case .drop: exchange.drop()
            case .refuse(let error):
                exchange.respond(HTTPAnswer.error(error, fields: policy.verdict(for: request).fields))
            }
        }
    }

    private func observed(
        _ place: ResourcePath.Place,
        _ exchange: HTTPExchange,
        _ request: HTTPRequest,
        _ seen: ClientExchange
    ) {
        guard let observer = context.observer else { return resourceRequested(place, exchange, request) }
        observer.requestBegan(seen)
        exchange.onEnd = { response in
            observer.requestEnded(
                ClientExchange.Answer(
                    connection: seen.connection,
                    number: seen.number,
                    status: response?.status,
                    error: response == nil ? "abandoned" : nil,
                    bytes: response?.body.readableBytes ?? 0
                )
            )
        }
        resourceRequested(place, exchange, request)
        observer.requestDispatched()
    }
}
