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

extension ClientOutput {
    package func abort() { close(code: 1001, reason: "") }
    package func hold(_ isHeld: Bool) {}
    package var traffic: ClientTraffic { ClientTraffic() }
}

extension WebSocketConnection: ClientOutput {}
