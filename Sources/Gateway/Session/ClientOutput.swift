package import WebServer

package import struct NIOCore.ByteBuffer

/// Where a session's messages go.
package protocol ClientOutput: AnyObject {
    /// Sends a text message.
    func send(_ text: consuming ByteBuffer)
    /// Sends a text message that several clients get.
    func send(frame: SharedFrame)
    /// Ends the connection.
    func close(code: UInt16, reason: String)
}

extension WebSocketConnection: ClientOutput {}
