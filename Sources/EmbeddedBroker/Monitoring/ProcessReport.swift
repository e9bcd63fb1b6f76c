import Glibc
import RESProtocol

import struct NIOCore.ByteBuffer

/// What the process is doing, in the places where nats-server tells of Go's runtime.
enum ProcessReport {
    /// The threads, one a line: `thread 4711 [S]: NIO-ELT-0-#0` (`stacksz`). The letter is the kernel's for the state.
    static func threads() -> String {
        guard let folder = opendir("/proc/self/task") else { return "" }
        defer { closedir(folder) }
        var lines: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let id = Int(name), let line = thread(id) else { continue }
            lines.append(line)
        }
        return lines.sorted().joined()
    }

    private static func thread(_ id: Int) -> String? {
        guard let text = try? TextFile.read("/proc/self/task/\(id)/stat", maximumSize: 4_096),
            let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
        else { return nil }
        let name = text[text.index(after: open)..<close]
        let state = text[text.index(after: close)...].first { !$0.isWhitespace } ?? "?"
        return "thread \(id) [\(state)]: \(name)\n"
    }

    /// The command line and how much memory is in use (`/debug/vars`).
    static func writeVariables(into text: inout JSONText) {
        text.member("cmdline", strings: CommandLine.arguments)
        let memory = ProcessUsage.memory()
        text.member("memstats") { text in
            for name in ["Alloc", "Sys", "HeapAlloc", "HeapSys"] { text.member(name, memory) }
            text.member("NumGC", 0)
        }
    }
}
