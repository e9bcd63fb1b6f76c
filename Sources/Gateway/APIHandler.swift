import RESProtocol
import WebServer

import struct NIOCore.ByteBuffer

/// Serves HTTP requests from the resources of services, and makes WebSockets where clients ask for them.
final class APIHandler: HTTPApplication {
    let context: SessionContext
    let makeConnectionID: () -> String
    private let webSocketPath: String
    let paths: ResourcePath
    let policy: CORSPolicy
    /// What the policy says, and the fields of an answer with JSON, where these are the same for every request.
    private let verdictForAll: CORSPolicy.Verdict?
    private let plainFields: [HTTPField]
    private let methods: HTTPMethodMapping
    private let encoder: ResourceTreeEncoder
    let answers: HTTPAnswer
    private let headerAuth: AuthenticationMethod?
    let webSocketHeaderAuth: AuthenticationMethod?
    private let rawValues: RawValues?
    let rawPaths: ResourcePath
    /// Who has a path to itself.
    var guests: [String: any HTTPApplication] = [:]
    let tracer: MessageTracer?
    private let pages: (@Sendable (_ path: String) -> HTTPResponse?)?
    /// Requests that were watched so far.
    var watched: UInt64 = 0

    /// - Parameters:
    ///   - tracer: who is told of messages over WebSockets; nil for nobody.
    ///   - makeConnectionID: gives an id that no other connection has, for each request and each WebSocket.
    /// - Throws: `CORSPolicy.InvalidOrigins` or `HTTPMethodMapping.InvalidMethod`, which say what is wrong
    ///   with which setting.
    init(
        configuration: GatewayConfiguration,
        context: SessionContext,
        tracer: MessageTracer? = nil,
        makeConnectionID: @escaping () -> String
    ) throws {
        self.context = context
        self.tracer = tracer
        self.makeConnectionID = makeConnectionID
        webSocketPath = configuration.wsPath
        let paths = ResourcePath(prefix: configuration.apiPath)
        self.paths = paths
        policy = try CORSPolicy(
            allowOrigin: configuration.allowOrigin,
            allowsCredentials: configuration.headerAuth != nil
        )
        verdictForAll = policy.verdictForAll
        plainFields = (verdictForAll?.fields ?? []) + [.json]
        methods = try HTTPMethodMapping(
            put: configuration.putMethod,
            delete: configuration.deleteMethod,
            patch: configuration.patchMethod
        )
        encoder = ResourceTreeEncoder(
            isFlat: configuration.apiEncoding == .jsonFlat,
            maximumSize: configuration.maximumRepresentation,
            paths: paths
        )
        answers = HTTPAnswer(paths: paths, methods: methods)
        headerAuth = configuration.headerAuth
        webSocketHeaderAuth = configuration.wsHeaderAuth
        pages = configuration.pages
        rawValues = configuration.rawValues
        rawPaths = ResourcePath(prefix: configuration.rawValues?.prefix ?? "/")
    }

    func received(_ exchange: HTTPExchange) {
        let place = ResourcePath.Place(exchange.request.path)
        if place.decoded == webSocketPath {
            if !exchange.isWebSocketHandshake, exchange.request.acceptsHTML,
                let page = page(place, for: exchange.request)
            {
                exchange.respond(page)
            } else {
                webSocketRequested(exchange)
            }
        } else if paths.contains(place) {
            if isWatched(exchange.request) {
                watchedRequest(place, exchange)
            } else {
                resourceRequested(place, exchange, exchange.request)
            }
        } else if let rawValues, rawPaths.contains(place) {
            rawValueRequested(rawValues, place, exchange)
        } else if !guests.isEmpty, let guest = guests[place.decoded] {
            guard policy.allowsWebSocket(exchange.request) else {
                return exchange.respond(.refusedHandshake(403))
            }
            guest.received(exchange)
        } else if place.decoded == "*" {
            exchange.respond(HTTPResponse(200))
        } else if let page = page(place, for: exchange.request) {
            exchange.respond(page)
        } else {
            exchange.respond(HTTPAnswer.error(.notFound))
        }
    }

    /// The page at a path, or word that the client's copy of it is still right.
    private func page(_ place: ResourcePath.Place, for request: HTTPRequest) -> HTTPResponse? {
        guard let pages, request.method == .get || request.method == .head else { return nil }
        return pages(place.decoded)?.unlessMatched(by: request)
    }

    // MARK: Resources

    /// A request below the path of resources, which pages of other origins may make.
    func resourceRequested(
        _ place: ResourcePath.Place,
        _ exchange: HTTPExchange,
        _ request: HTTPRequest
    ) {
        guard request.method != .options else {
            return exchange.respond(policy.preflight(request, allowedMethods: methods.allowedMethods))
        }
        let verdict = verdictForAll ?? policy.verdict(for: request)
        let work: Work
        do throws(RESError) {
            guard verdict.isAllowed else { throw .forbiddenOrigin }
            work = try self.work(for: request, place)
        } catch {
            return exchange.respond(answers.refusal(error, of: request.method, fields: verdict.fields))
        }
        if case .get(let resource) = work, headerAuth == nil, context.guarded?.contain(resource.name) != true,
            // An id with `{cid}` in it is another one for each connection.
            !resource.text.utf8.contains(UInt8(ascii: "{")),
            let entry = context.cache.completeEntry(of: resource, limit: context.limits.maximumSubscriptions)
        {
            cachedRequested(resource, entry, exchange, verdict)
        } else {
            serve(work, exchange, verdict)
        }
    }

    /// Gives a resource that is cached with all that it references: access is asked for, and what the cache then holds is
    /// the answer. It needs nothing of what a session keeps.
    private func cachedRequested(
        _ resource: ResourceID,
        _ entry: CachedName,
        _ exchange: HTTPExchange,
        _ verdict: CORSPolicy.Verdict
    ) {
        entry.use()
        let request = ServiceRequest(.access, resource, connectionID: makeConnectionID(), isHTTP: true)
        context.port.send(request) { [self] answer in
            defer { entry.release() }
            let (access, meta) = context.accessDecoder.decode(answer)
            let outcome: HTTPSession.Outcome
            if meta?.isDirect == true {
                outcome = access.errorOutcome
            } else if let denial = access.getDenial {
                outcome = .error(denial)
            } else if let encoded = encoder.encode(resource, from: context.cache) {
                outcome = encoded
            } else {
                // It has changed meanwhile.
                return serve(.get(resource), exchange, verdict)
            }
            if meta == nil, verdictForAll != nil, case .representation(let body) = outcome {
                return exchange.respond(HTTPResponse(200, fields: plainFields, body: body))
            }
            let merged = ResponseMeta(merging: meta.map { [$0] } ?? [])
            let method = exchange.request.method
            exchange.respond(answers.response(to: outcome, meta: merged, method: method, own: verdict.fields))
        }
    }

    /// Has services do what a request asks for.
    private func serve(_ work: Work, _ exchange: HTTPExchange, _ verdict: CORSPolicy.Verdict) {
        let transaction = HTTPTransaction(
            exchange: exchange,
            answers: answers,
            own: verdict.fields,
            session: makeSession(for: exchange)
        )
        authenticated(transaction) { [encoder] in
            switch work {
            case .get(let resource):
                transaction.session.get(resource.text, encoder: encoder, transaction.completed)
            case .call(let resource, let method, let params):
                transaction.session.call(
                    resource.text,
                    method: method,
                    params: params,
                    transaction.completed
                )
            }
        }
    }

    /// What a request asks services for.
    private enum Work {
        case get(ResourceID)
        case call(ResourceID, method: String, params: JSONSlice?)
    }

    /// What is to be done for a request; its method and path are looked at before its body.
    private func work(for request: HTTPRequest, _ place: ResourcePath.Place) throws(RESError) -> Work {
        if paths.isFolder(place) { throw .notFound }
        switch methods.action(for: request.method) {
        case .get:
            context.metrics.httpGets += 1
            guard let resource = paths.resource(place, query: request.query) else { throw .notFound }
            return .get(resource)
        case .post:
            context.metrics.httpPosts += 1
            guard let (resource, method) = paths.method(place, query: request.query) else { throw .notFound }
            return .call(resource, method: method, params: try HTTPParameters.decode(request.body))
        case .call(let method):
            count(request.method)
            guard let resource = paths.resource(place, query: request.query) else { throw .notFound }
            return .call(resource, method: method, params: try HTTPParameters.decode(request.body))
        case .notAllowed: throw .methodNotAllowed
        }
    }

    private func count(_ method: HTTPMethod) {
        switch method {
        case .put: context.metrics.httpPuts += 1
        case .delete: context.metrics.httpDeletes += 1
        case .patch: context.metrics.httpPatches += 1
        case .get, .head, .post, .options, .other: break
        }
    }

    func makeSession(for exchange: HTTPExchange) -> HTTPSession {
        HTTPSession(id: makeConnectionID(), context: context) {
            ClientOrigin(exchange.request, peer: exchange.peer).description
        }
    }

    /// Goes on once the request is authenticated, where a method is configured for that. An error of the
    /// method does not
    /// matter; a status that it sets is the answer.
    func authenticated(_ transaction: HTTPTransaction, _ next: @escaping () -> Void) {
        guard let headerAuth else { return next() }
        transaction.session.authenticate(headerAuth.resource, method: headerAuth.method) { response in
            guard let meta = response.meta else { return next() }
            transaction.authenticationMeta = meta
            if meta.isDirect { transaction.completed(.init(response), []) } else { next() }
        }
    }

}
