import RESProtocol

import struct NIOCore.ByteBuffer

/// Why bytes are no request that the server takes: the status of the answer, and a sentence for the client.
///
/// Where the next request would start is unknown after one, so the connection is closed behind the answer.
struct HTTPParseError: Error, Hashable {
    var status: Int
    var reason: String

    static func badRequest(_ reason: String) -> HTTPParseError { HTTPParseError(status: 400, reason: reason) }
    static let bodyTooLarge = HTTPParseError(status: 413, reason: "the body is larger than this server takes")
    static let targetTooLong = HTTPParseError(
        status: 414,
        reason: "the request line is longer than this server takes"
    )
    static let unknownExpectation = HTTPParseError(
        status: 417,
        reason: "the only expectation that can be met is 100-continue"
    )
    static let headTooLarge = HTTPParseError(
        status: 431,
        reason: "the header fields are more than this server takes"
    )
    static let unknownEncoding = HTTPParseError(
        status: 501,
        reason: "the only transfer encoding that is understood is chunked"
    )
    static let unknownVersion = HTTPParseError(
        status: 505,
        reason: "the only versions that are spoken are HTTP/1.1 and HTTP/1.0"
    )

    /// The answer that tells the client, in the form that errors have everywhere else.
    var response: HTTPResponse {
        var body = ByteBuffer()
        RESError(code: "system.badRequest", message: reason).encode(into: &body)
        return HTTPResponse(status, fields: [.json], body: body, closes: true)
    }
}
