public import struct NIOCore.ByteBuffer

/// What can be the body of a message.
///
/// Text, bytes and buffers can; types of a program's own can too, by saying how they are encoded:
///
///     extension Order: BusPayload {
///         var busPayload: ByteBuffer { ByteBuffer(string: "\(id) \(amount)") }
///     }
public protocol BusPayload {
    /// The bytes as they are sent.
    var busPayload: ByteBuffer { get }
}

extension ByteBuffer: BusPayload {
    /// The readable bytes; they are not copied.
    public var busPayload: ByteBuffer { self }
}

extension String: BusPayload {
    /// The text in UTF-8.
    public var busPayload: ByteBuffer { ByteBuffer(string: self) }
}

extension Substring: BusPayload {
    /// The text in UTF-8.
    public var busPayload: ByteBuffer { ByteBuffer(substring: self) }
}

extension Array: BusPayload where Element == UInt8 {
    /// The bytes, copied.
    public var busPayload: ByteBuffer { ByteBuffer(bytes: self) }
}

extension ArraySlice: BusPayload where Element == UInt8 {
    /// The bytes, copied.
    public var busPayload: ByteBuffer { ByteBuffer(bytes: self) }
}
