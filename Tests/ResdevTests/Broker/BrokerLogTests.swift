import Glibc
import Logging
import Testing

@testable import resdev

@Suite("The broker's log has the form of nats-server's")
struct BrokerLogTests {
    @Test func lines() {
        let stamp = LogStamp(seconds: 1_769_862_896, nanoseconds: 1_234_567, inUTC: true)
        #expect(stamp.line == "2026/01/31 12:34:56.001234")
        #expect(stamp.fileSuffix == "2026.01.31.12.34.56.001234567")
        #expect(LogStamp.isFileSuffix(stamp.fileSuffix))
        #expect(!LogStamp.isFileSuffix("old"))
        let line = NATSServerLogLine.line(.warning, "text", processID: 12, time: stamp.line)
        #expect(line == "[12] 2026/01/31 12:34:56.001234 [WRN] text\n")
        #expect(NATSServerLogLine.line(.critical, "text", processID: 12, time: nil) == "[12] [FTL] text\n")
    }

    @Test func aLineAboutAClientBeginsWithIt() {
        let text = NATSServerLogLine.text("closed", ["client": "127.0.0.1:5 - cid:7", "reason": "x"])
        #expect(text == "127.0.0.1:5 - cid:7 - closed reason=x")
    }

    @Test func aFileThatHasBecomeLargeIsPutAsideAndOldOnesAreRemoved() throws {
        let folder = try TemporaryFolder()
        let file = LogDestination.File(path: "\(folder.path)/b.log", sizeLimit: 10, maximumCount: 3)
        let destination = try LogDestination(file)
        for line in 0..<9 { destination.write("line \(line) of nine\n") { "after \($0)\n" } }
        let names = DirectoryListing.names(in: folder.path).sorted()
        #expect(names.count == 3)
        #expect(names.first == "b.log")
        #expect(names.dropFirst().allSatisfy { LogStamp.isFileSuffix($0.dropFirst("b.log.".count)) })
    }

    @Test func aFileThatWasMovedAwayIsOpenedAnew() throws {
        let folder = try TemporaryFolder()
        let destination = try LogDestination(.init(path: "\(folder.path)/b.log"))
        destination.write("one\n")
        rename("\(folder.path)/b.log", "\(folder.path)/moved")
        destination.write("two\n")
        try destination.reopen()
        destination.write("three\n")
        #expect(DirectoryListing.names(in: folder.path).sorted() == ["b.log", "moved"])
    }

    @Test func aFileThatCannotBeOpenedIsTold() {
        let failure = StartFailure("error opening file: open /nowhere/b.log: no such file or directory")
        #expect(throws: failure) { try LogDestination(.init(path: "/nowhere/b.log")) }
    }
}

/// A folder that goes away with whoever holds it.
private final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/resdev-tests-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw StartFailure("no temporary folder") }
        path = String(cString: made)
    }

    deinit {
        for name in DirectoryListing.names(in: path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}
