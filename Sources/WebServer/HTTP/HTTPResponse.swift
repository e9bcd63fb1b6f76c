package import struct NIOCore.ByteBuffer

/// An answer to a request.
package struct HTTPResponse: Hashable, Sendable {
    /// The status code, 200–599.
    package var status: Int
    /// Header fields in the order they are written. `Content-Length`, `Date` and `Connection` are added when
    /// the answer is written.
    package var fields: [HTTPField]
    /// The body. It is not sent in answer to HEAD, nor with a status that allows none.
    package var body: ByteBuffer
    /// Whether the connection is closed after the answer, whatever the client asked for.
    package var closes: Bool

    package init(
        _ status: Int,
        fields: [HTTPField] = [],
        body: ByteBuffer = ByteBuffer(),
        closes: Bool = false
    ) {
        self.status = status
        self.fields = fields
        self.body = body
        self.closes = closes
    }

    /// An answer with a line of text for people.
    package static func text(_ status: Int, _ text: String, closes: Bool = false) -> HTTPResponse {
        HTTPResponse(
            status,
            fields: [HTTPField("Content-Type", "text/plain; charset=utf-8")],
            body: ByteBuffer(string: text),
            closes: closes
        )
    }
}
