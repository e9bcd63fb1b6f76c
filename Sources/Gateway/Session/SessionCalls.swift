import RESProtocol

import struct NIOCore.ByteBuffer

/// Call, auth and new requests.
extension ClientSession {
    func call(_ rid: String, _ method: String, _ params: JSONSlice?, _ id: UInt64) {
        whenCallable(rid, method) { [self] denial in
            if let denial { return finish(denial, id) }
            invoke(.call(method: method), rid, params) { [self] response in
                answerCall(response.readingLegacyNew(method), id)
            }
        }
    }

    func auth(_ rid: String, _ method: String, _ params: JSONSlice?, _ id: UInt64) {
        invoke(.auth(method: method), rid, params) { [self] response in answerCall(response, id) }
    }

    func new(_ rid: String, _ params: JSONSlice?, _ id: UInt64) {
        whenCallable(rid, "new") { [self] denial in
            if let denial { return finish(denial, id) }
            invoke(.call(method: "new"), rid, params) { [self] response in
                switch response.readingLegacyNew("new").outcome {
                case .error(let error): finish(error, id)
                case .result: finish(.nonResourceResponse, id)
                case .resource(let resource): answer(with: resource, id)
                }
            }
        }
    }

    /// Asks whether a method may be called: by what is known where the client has the resource.
    private func whenCallable(
        _ rid: String,
        _ method: String,
        _ completion: @escaping (_ denial: RESError?) -> Void
    ) {
        if let subscription = subscriptions[rid] {
            return requestAccess(subscription) { completion($0.callDenial(method)) }
        }
        askAccess(resourceID(rid)) { [self] access in
            completion(access.callDenial(method))
            settle()
        }
    }

    private func invoke(
        _ kind: ServiceRequest.Kind,
        _ rid: String,
        _ params: JSONSlice?,
        _ completion: @escaping (ServiceResponse) -> Void
    ) {
        var request = ServiceRequest(
            kind,
            resourceID(rid),
            connectionID: self.id,
            token: token,
            params: params
        )
        if case .auth = kind { request.client = describeClient() }
        context.port.send(request) { [self] answer in
            guard !isClosed else { return }
            completion(answer.response)
            settle()
        }
    }

    private func answerCall(_ response: ServiceResponse, _ id: UInt64) {
        switch response.outcome {
        case .error(let error): finish(error, id)
        case .result(let result):
            let isWrapped = version >= .callResourceResponse
            finish(
                ClientMessage.result(id: id) { message in
                    if isWrapped { message.writeStaticString("{\"payload\":") }
                    message.writeJSON(result)
                    if isWrapped { message.writeStaticString("}") }
                }
            )
        case .resource(let resource):
            guard version < .callResourceResponse else { return answer(with: resource, id) }
            finish(
                ClientMessage.result(id: id) { ClientSession.writeResource(resource.text, nil, into: &$0) }
            )
        }
    }

    /// Answers with a resource, which the client is subscribed to from then on. The call itself has succeeded, so what is
    /// wrong with the resource stands in the resource set.
    private func answer(with resource: ResourceID, _ id: UInt64) {
        let rid = resource.text
        guard let subscription = subscribeDirectly(rid) else { return finish(.subscriptionLimitExceeded, id) }
        whenReadable(subscription) { [self] denial, resources in
            if let error = denial ?? (subscription.state == .disposed ? .disposedSubscription : nil) {
                finish(
                    ClientMessage.result(id: id) { ClientSession.writeResource(rid, error, into: &$0) }
                )
                return dropDirect(subscription)
            }
            confirmDirect(subscription)
            finish(
                ClientMessage.result(id: id) { message in
                    ClientSession.writeResource(rid, resources, into: &message)
                }
            )
        }
    }

    /// Writes `{"rid":…,"errors":{…}}`, without the errors where there is none.
    private static func writeResource(_ rid: String, _ error: RESError?, into message: inout ByteBuffer) {
        message.writeStaticString("{\"rid\":")
        message.writeJSON(rid)
        if let error {
            message.writeStaticString(",\"errors\":{")
            message.writeJSON(rid)
            message.writeStaticString(":")
            error.encode(into: &message)
            message.writeStaticString("}")
        }
        message.writeStaticString("}")
    }

    /// Writes `{"rid":…}` with the members of a set.
    private static func writeResource(_ rid: String, _ set: ResourceSet, into message: inout ByteBuffer) {
        message.writeStaticString("{\"rid\":")
        message.writeJSON(rid)
        if !set.isEmpty {
            message.writeStaticString(",")
            set.writeMembers(into: &message)
        }
        message.writeStaticString("}")
    }
}

extension ServiceResponse {
    /// The response, with a result `{"rid":…}` of the method `new` taken as the resource it names, as services before
    /// protocol 1.2 answer.
    func readingLegacyNew(_ method: String) -> ServiceResponse {
        guard method == "new", case .result(let result) = outcome else { return self }
        var members = result.members
        guard let first = members.next(), members.next() == nil, first.name.isString("rid"),
            let rid = first.value.string
        else { return self }
        guard let id = ResourceID(rid) else {
            return ServiceResponse(.error(.invalidServiceResponse), meta: meta)
        }
        return ServiceResponse(.resource(id), meta: meta)
    }
}
