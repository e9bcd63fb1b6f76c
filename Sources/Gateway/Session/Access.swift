import RESProtocol

import struct NIOCore.ByteBuffer

/// What a connection may do with a resource, as a service says (RES service protocol, "Access request").
///
/// One instance serves all subscriptions for which the service said the same.
final class Access {
    private let mayGet: Bool
    /// Names of methods joined by commas, or `*` for all.
    private let methods: String
    /// Why nothing is allowed.
    let error: RESError?
    /// Whether no service has answered.
    let isUnanswered: Bool

    init(mayGet: Bool, methods: String) {
        self.mayGet = mayGet
        self.methods = methods
        error = nil
        isUnanswered = false
    }

    init(denied error: RESError, isUnanswered: Bool = false) {
        self.isUnanswered = isUnanswered
        mayGet = false
        methods = ""
        self.error = error
    }

    /// The access that an answer gives. One with a `get` that is no boolean or a `call` that is no string is broken.
    convenience init(_ response: ServiceResponse) {
        switch response.outcome {
        case .result(let result) where !result.isNull:
            let get = result["get"].flatMap { $0.isNull ? nil : $0 }
            let call = result["call"].flatMap { $0.isNull ? nil : $0 }
            guard result.kind == .object, get == nil || get?.bool != nil, call == nil || call?.kind == .string
            else {
                self.init(denied: .invalidServiceResponse)
                return
            }
            self.init(mayGet: get?.bool == true, methods: call?.string ?? "")
        case .result, .resource: self.init(denied: .missingResult)
        case .error(let error): self.init(denied: error)
        }
    }

    /// Whether the answer holds until the service says otherwise. An error other than a denial is not kept.
    var isLasting: Bool { error == nil || error?.code == RESError.accessDenied.code }

    /// Why the resource may not be read; nil when it may.
    var getDenial: RESError? {
        error ?? (mayGet ? nil : .accessDenied)
    }

    /// Why a method may not be called; nil when it may.
    func callDenial(_ method: String) -> RESError? {
        if let error { return error }
        if methods == "*" { return nil }
        let isListed = methods.utf8.split(separator: UInt8(ascii: ",")).contains {
            $0.elementsEqual(method.utf8)
        }
        return isListed ? nil : .accessDenied
    }
}

/// Reads answers to access requests. Services say the same most of the time, so the last answer is remembered.
struct AccessDecoder {
    private var last: (payload: ByteBuffer, access: Access, meta: ServiceResponse.Meta?)?

    mutating func decode(_ answer: ServiceAnswer) -> (access: Access, meta: ServiceResponse.Meta?) {
        let payload: ByteBuffer
        switch answer {
        case .failure(let error): return (Access(denied: error, isUnanswered: true), nil)
        case .payload(let bytes): payload = bytes
        }
        if let last, last.payload == payload { return (last.access, last.meta) }
        let response = answer.response
        let access = Access(response)
        last = (ByteBuffer(bytes: payload.readableBytesView), access, response.meta)
        return (access, response.meta)
    }
}
