import CConsole

import struct NIOCore.ByteBuffer

/// One file of the console, which lies in the executable.
///
/// The only place that touches the C arrays. That is safe: they are constant, their lengths are counted by the compiler,
/// and they live as long as the process.
struct ConsoleFile: Sendable {
    /// The path at which it is served, as `/console/console.css`.
    let path: String
    /// Where its bytes lie; read-only memory of the executable.
    nonisolated(unsafe) private let bytes: UnsafeBufferPointer<UInt8>

    /// A copy of the content.
    var content: ByteBuffer { ByteBuffer(bytes: bytes) }

    /// A strong entity tag, quotes included: the FNV-1a hash of the content, which changes when that does.
    var entityTag: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return "\"\(String(hash, radix: 16))\""
    }

    /// Every file there is.
    static let all: [ConsoleFile] = (0..<console_file_count()).compactMap { index in
        guard let file = console_file_at(index)?.pointee else { return nil }
        return ConsoleFile(
            path: String(cString: file.path),
            bytes: UnsafeBufferPointer(start: file.bytes, count: file.length)
        )
    }
}
