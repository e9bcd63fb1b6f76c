import NIOCore
import Testing
import WebServer

@testable import resdev

@Suite("The console's pages")
struct ConsolePagesTests {
    private let pages = ConsolePages(databases: ["library", "a\"b"], nats: "nats://127.0.0.1:4222")

    private func field(_ name: String, at path: String) -> String? {
        pages.response(at: path)?.fields.first { $0.name == name }?.value
    }

    @Test(
        "each kind of file has its content type",
        arguments: [
            ("/", "text/html; charset=utf-8"), ("/resclient.mjs", "text/javascript; charset=utf-8"),
            ("/console/console.css", "text/css; charset=utf-8"), ("/console/icon.svg", "image/svg+xml"),
            ("/console/htm.LICENSE.txt", "text/plain; charset=utf-8"),
            ("/console/server.json", "application/json"),
        ]
    )
    func contentTypes(path: String, type: String) {
        #expect(field("Content-Type", at: path) == type)
    }

    @Test("every file is kept to this server, is not sniffed, and is not empty")
    func safety() {
        for file in ConsoleFile.all {
            #expect(field("Content-Security-Policy", at: file.path)?.hasPrefix("default-src 'self';") == true)
            #expect(field("X-Content-Type-Options", at: file.path) == "nosniff")
            #expect(file.content.readableBytes > 50)
        }
    }

    @Test("all files together stay below 250 kB")
    func size() {
        #expect(ConsoleFile.all.map(\.content.readableBytes).reduce(0, +) < 250_000)
    }

    @Test("entity tags are quoted and tell files apart")
    func entityTags() {
        let tags = ConsoleFile.all.map(\.entityTag)
        #expect(Set(tags).count == tags.count)
        #expect(tags.allSatisfy { $0.hasPrefix("\"") && $0.hasSuffix("\"") && $0.utf8.count > 3 })
    }

    @Test("other paths are no pages", arguments: ["", "/x", "/console/x", "//", "/console/../"])
    func others(path: String) {
        #expect(pages.response(at: path) == nil)
    }

    @Test("the description names the databases and the bus")
    func description() throws {
        let body = try #require(pages.response(at: "/console/server.json")?.body)
        #expect(
            String(buffer: body)
                == #"{"version":"\#(resdevVersion)","databases":["library","a\"b"],"nats":"nats://127.0.0.1:4222"}"#
        )
    }
}
