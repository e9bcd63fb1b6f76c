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
    /// Cuts the connection without a word.
    func abort()
    /// Stops writing, as if the client did not read, or goes on.
    func hold(_ isHeld: Bool)
    /// What has gone through.
    var traffic: ClientTraffic { get }
}

/// What has gone through a client's connection.
package struct ClientTraffic {
    package var messagesIn: UInt64 = 0
    package var messagesOut: UInt64 = 0
    package var bytesOut: UInt64 = 0
    /// Bytes that wait to be taken by the client.
    package var pendingBytes = 0

    package init() {}
}

extension ClientOutput {
    package func abort() { close(code: 1001, reason: "") }
    package func hold(_ isHeld: Bool) {}
    package var traffic: ClientTraffic { ClientTraffic() }
}

extension WebSocketConnection: ClientOutput {}
