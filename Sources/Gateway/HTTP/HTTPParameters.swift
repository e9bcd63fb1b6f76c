package import RESProtocol

package import struct NIOCore.ByteBuffer

/// The parameters of a call, as they stand in a request's body.
package enum HTTPParameters {
    /// Reads a body; nil when it is empty or white space. The content type is not looked at.
    ///
    /// - Throws: an error for the client that says what is no JSON, and where.
    package static func decode(_ body: ByteBuffer) throws(RESError) -> JSONSlice? {
        if body.readableBytesView.allSatisfy({ $0 == 0x20 || 0x09...0x0d ~= $0 }) { return nil }
        do throws(JSONError) {
            return try JSONSlice(parsing: body)
        } catch {
            throw .badRequest.saying("Error decoding request body: \(error)")
        }
    }
}
