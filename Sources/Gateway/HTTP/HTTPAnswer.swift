package import RESProtocol
package import WebServer

import struct NIOCore.ByteBuffer

/// Makes the answers to requests for resources.
package struct HTTPAnswer: Sendable {
    private let paths: ResourcePath

    private let methods: HTTPMethodMapping

    package init(paths: ResourcePath, methods: HTTPMethodMapping = .unmapped) {
        self.paths = paths
        self.methods = methods
    }

    /// The answer to a request that came to an end.
    ///
    /// - Parameters:
    ///   - method: of the request.
    ///   - own: the gateway's own fields.
    package func response(
        to outcome: HTTPSession.Outcome,
        meta: ResponseMeta,
        method: HTTPMethod,
        own: [HTTPField]
    ) -> HTTPResponse {
        if let status = meta.status { return response(status: status, outcome, meta: meta, own: own) }
        let fields = meta.merged(into: own)
        switch outcome {
        case .representation(let body): return HTTPAnswer.json(200, body, fields: fields)
        case .result(let result) where result.isNull: return HTTPResponse(204, fields: fields)
        case .result(let result): return HTTPAnswer.json(200, result.bytes, fields: fields)
        case .resource(let id):
            let location = HTTPField("Location", paths.path(of: id.text))
            return HTTPResponse(200, fields: fields.filter { $0.name != "Location" } + [location])
        case .error(let error): return refusal(method.mapped(error), of: method, fields: fields)
        case .stopped: return HTTPAnswer.error(.internalError, fields: fields)
        }
    }

    /// The answer with a status that a service has set: a redirection without a body, or an error.
    private func response(
        status: Int,
        _ outcome: HTTPSession.Outcome,
        meta: ResponseMeta,
        own: [HTTPField]
    ) -> HTTPResponse {
        var fields = meta.merged(into: own)
        guard status >= 400 else {
            if case .resource(let id) = outcome, !meta.has("Location") {
                fields.append(HTTPField("Location", paths.path(of: id.text)))
            }
            return HTTPResponse(status, fields: fields)
        }
        let error = if case .error(let given) = outcome { given } else { RESError(httpStatus: status) }
        return HTTPAnswer.error(error, status: status, fields: fields)
    }

    /// An answer with an error; one that a method is not allowed says which others are (RFC 9110, 15.5.6).
    func refusal(_ error: RESError, of method: HTTPMethod, fields: [HTTPField]) -> HTTPResponse {
        guard error.code == RESError.methodNotAllowed.code, !fields.contains(where: { $0.name == "Allow" })
        else { return HTTPAnswer.error(error, fields: fields) }
        let allow = HTTPField("Allow", methods.allowedMethods(without: method))
        return HTTPAnswer.error(error, fields: fields + [allow])
    }

    /// An answer with JSON.
    static func json(_ status: Int, _ body: ByteBuffer, fields: [HTTPField]) -> HTTPResponse {
        HTTPResponse(status, fields: fields + [.json], body: body)
    }

    /// An answer with an error object; its status is the error's unless another is given.
    package static func error(
        _ error: RESError,
        status: Int? = nil,
        fields: [HTTPField] = []
    ) -> HTTPResponse {
        var body = ByteBuffer()
        error.encode(into: &body)
        return json(status ?? error.httpStatus, body, fields: fields)
    }
}

extension HTTPMethod {
    /// The error as it is told to a client that used this method: PUT, DELETE and PATCH are not allowed where
    /// the method that
    /// they stand for is not found.
    fileprivate func mapped(_ error: RESError) -> RESError {
        guard error.code == RESError.methodNotFound.code else { return error }
        switch self {
        case .put, .delete, .patch: return .methodNotAllowed
        case .get, .head, .options, .post, .other: return error
        }
    }
}
