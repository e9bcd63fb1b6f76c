package import RESProtocol
import WebServer

package import struct NIOCore.ByteBuffer

/// The connection that one HTTP request is: it gets one resource or calls one method, and ends
/// (RES service protocol, "Meta object").
///
/// Unlike over a WebSocket, access is asked for with `isHttp` and its answer is not kept.
package final class HTTPSession {
    /// What the services made of the request.
    package enum Outcome {
        /// The representation of the resource that was asked for.
        case representation(ByteBuffer)
        /// What a method gave; may be `null`.
        case result(JSONSlice)
        /// A method gave a resource.
        case resource(ResourceID)
        case error(RESError)
        /// The status of the last meta object decides, and there is no error to go with it.
        case stopped
    }

    /// Runs once. The meta objects are those of access and call, as far as they were given; a later one counts more.
    package typealias Completion = (Outcome, [ServiceResponse.Meta]) -> Void

    private let session: ClientSession
    private let context: SessionContext

    /// - Parameter describeClient: called when an auth request is sent.
    package init(
        id: String,
        context: SessionContext,
        describeClient: @escaping () -> ServiceRequest.ClientDescription
    ) {
        self.context = context
        session = ClientSession(id: id, context: context, output: nil, describeClient: describeClient)
        session.version = .current
    }

    /// Authenticates before anything else is asked. A token that the service sets holds for what follows.
    package func authenticate(
        _ resource: ResourceID,
        method: String,
        _ completion: @escaping (ServiceResponse) -> Void
    ) {
        session.authenticate(resource, method: method, completion)
    }

    /// Gets a resource with all that it references.
    package func get(
        _ rid: String,
        encoder: ResourceTreeEncoder,
        _ completion: @escaping Completion
    ) {
        guard let subscription = session.subscription(for: rid) else {
            return completion(.error(.subscriptionLimitExceeded), [])
        }
        subscription.pins += 1
        askAccess(subscription.id) { [session] access, meta in
            let metas = meta.map { [$0] } ?? []
            if meta?.isDirect == true { return completion(access.errorOutcome, metas) }
            if let denial = access.getDenial { return completion(.error(denial), metas) }
            session.whenReady([subscription]) { _ in
                if let error = subscription.failure { return completion(.error(error), metas) }
                completion(encoder.encode(subscription), metas)
            }
        }
        session.settle()
    }

    /// Asks whether the client may read a resource, or call a method of it.
    ///
    /// - Parameter completion: gets the answer for the client where it may not, else nil.
    package func authorise(
        _ rid: String,
        method: String?,
        _ completion: @escaping (Outcome?, [ServiceResponse.Meta]) -> Void
    ) {
        askAccess(session.resourceID(rid)) { access, meta in
            let metas = meta.map { [$0] } ?? []
            if meta?.isDirect == true { return completion(access.errorOutcome, metas) }
            let denial = if let method { access.callDenial(method) } else { access.getDenial }
            completion(denial.map { .error($0) }, metas)
        }
    }

    /// Calls a method.
    package func call(
        _ rid: String,
        method: String,
        params: JSONSlice?,
        _ completion: @escaping Completion
    ) {
        let resource = session.resourceID(rid)
        askAccess(resource) { [session, context] access, accessMeta in
            let metas = accessMeta.map { [$0] } ?? []
            if accessMeta?.isDirect == true { return completion(access.errorOutcome, metas) }
            if let denial = access.callDenial(method) { return completion(.error(denial), metas) }
            let request = ServiceRequest(
                .call(method: method),
                resource,
                connectionID: session.id,
                token: session.token,
                params: params,
                isHTTP: true
            )
            context.port.send(request) { answer in
                let response = answer.response.readingLegacyNew(method)
                completion(Outcome(response), metas + (response.meta.map { [$0] } ?? []))
            }
        }
    }

    /// Ends the connection. Nothing completes any more.
    package func close() {
        session.close()
    }

    private func askAccess(
        _ resource: ResourceID,
        _ completion: @escaping (Access, ServiceResponse.Meta?) -> Void
    ) {
        guard session.mayReach(resource) else {
            return completion(Access(denied: .outOfReach), nil)
        }
        let request = ServiceRequest(
            .access,
            resource,
            connectionID: session.id,
            token: session.token,
            isHTTP: true
        )
        context.port.send(request) { [session, context] answer in
            guard !session.isClosed else { return }
            let (access, meta) = context.accessDecoder.decode(answer)
            completion(access, meta)
            session.settle()
        }
    }
}

extension HTTPSession.Outcome {
    /// What an answer to a call or an auth request amounts to.
    init(_ response: ServiceResponse) {
        switch response.outcome {
        case .result(let result): self = .result(result)
        case .resource(let id): self = .resource(id)
        case .error(let error): self = .error(error)
        }
    }
}

extension Access {
    /// What goes with a status that a meta object sets.
    var errorOutcome: HTTPSession.Outcome {
        error.map { .error($0) } ?? .stopped
    }
}

extension ServiceResponse.Meta {
    /// Whether the status ends the request at once: a redirection or an error.
    package var isDirect: Bool {
        300..<600 ~= status ?? 0
    }
}

extension ClientSession {
    /// Authenticates a connection while it is being made, by `headerAuth` or `wsHeaderAuth`.
    package func authenticate(
        _ resource: ResourceID,
        method: String,
        _ completion: @escaping (ServiceResponse) -> Void
    ) {
        open()
        let request = ServiceRequest(
            .auth(method: method),
            resourceID(resource.text),
            connectionID: id,
            token: token,
            isHTTP: true,
            client: describeClient()
        )
        context.port.send(request) { [self] answer in
            guard !isClosed else { return }
            completion(answer.response)
            settle()
        }
    }
}
