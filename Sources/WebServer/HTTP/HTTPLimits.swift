/// Limits on one request.
package struct HTTPLimits: Hashable, Sendable {
    /// Bytes of the request line, without its end.
    package var maximumRequestLine = 8 << 10
    /// Bytes of the whole head: request line, fields and the blank line.
    package var maximumHead = 64 << 10
    /// Header fields, and trailer fields of a chunked body.
    package var maximumFields = 100
    /// Bytes of the body, chunks put together.
    package var maximumBody = 16 << 20
    /// Bytes of one line that gives a chunk's size, with its extensions.
    package var maximumChunkLine = 256

    package init() {}
}
