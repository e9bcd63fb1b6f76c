import RESProtocol

import struct NIOCore.ByteBuffer

/// Many calls as one: all take effect, or none does.
extension StoreEngine {
    /// Performs calls in order, inside a transaction that the caller has begun and undoes when this throws.
    ///
    /// - Parameter params: an array of `{"rid", "method", "params"}`.
    /// - Parameter token: who calls; each call is allowed or refused by itself.
    /// - Returns: an array of what each call is answered with, `{"result": …}` or `{"resource": {"rid": …}}`.
    /// - Throws: the error of the first call that fails, with the call's place in its message.
    func performAll(_ params: JSONSlice?, token: JSONSlice?) throws(RESError) -> ServiceResponse.Outcome {
        guard let params, params.kind == .array else {
            throw .invalidParams.saying(
                "The parameters of batch are an array of {\"rid\", \"method\", \"params\"}"
            )
        }
        var answers = ByteBuffer()
        answers.writeStaticString("[")
        for (index, call) in params.elements.enumerated() {
            guard index < configuration.maximumBatch else {
                throw .invalidParams.saying("A batch has at most \(configuration.maximumBatch) calls")
            }
            if index > 0 { answers.writeStaticString(",") }
            do throws(RESError) {
                ServiceResponse(try perform(try request(call, token))).encode(into: &answers)
            } catch {
                throw error.saying("Call \(index): \(error.message)")
            }
        }
        answers.writeStaticString("]")
        return .result(JSONSlice(unchecked: answers))
    }

    private func request(_ call: JSONSlice, _ token: JSONSlice?) throws(RESError) -> WriteRequest {
        guard let resource = call["rid"]?.string, let method = call["method"]?.string else {
            throw .invalidParams.saying("rid and method are wanted")
        }
        guard resource != schema.serviceName || method != "batch" else {
            throw .invalidParams.saying("A batch cannot hold another")
        }
        return WriteRequest(
            resource: resource,
            method: method,
            params: call["params"],
            token: token,
            reply: nil
        )
    }
}
