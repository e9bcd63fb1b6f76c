import Glibc
import NIOCore
import Testing
import WebServer

@testable import resdev

@Suite("Files of an app")
struct StaticFilesTests {
    private let root: String
    private let files: StaticFiles

    init() throws {
        root = "/tmp/resdev-static-\(UInt64.random(in: 0 ... .max))"
        mkdir(root, 0o755)
        mkdir(root + "/app", 0o755)
        mkdir(root + "/app/sub", 0o755)
        for (name, text) in [
            ("app/index.html", "<p>home"), ("app/main.mjs", "1"), ("app/sub/index.html", "<p>sub"),
            ("app/.secret", "x"), ("outside.txt", "x"), ("app/odd name.css", "p{}"),
        ] { try AtomicFile.replace("\(root)/\(name)", with: text) }
        symlink("\(root)/outside.txt", "\(root)/app/link.txt")
        files = try StaticFiles(root + "/app")
    }

    private func answer(_ path: String) -> String? {
        files.response(at: path).map { response in
            let type = response.fields.first { $0.name == "Content-Type" }?.value ?? ""
            return "\(type.prefix { $0 != ";" }) \(String(buffer: response.body).prefix { $0 != "\n" })"
        }
    }

    @Test(
        "a path is a file, a folder's index, or an address of the app",
        arguments: [
            ("/", "text/html <p>home"), ("/main.mjs", "text/javascript 1"), ("/sub", "text/html <p>sub"),
            ("/sub/", "text/html <p>sub"), ("/odd name.css", "text/css p{}"),
            ("/books/7", "text/html <p>home"),
        ]
    )
    func found(path: String, expected: String) { #expect(answer(path) == expected) }

    @Test(
        "nothing hidden, nothing outside, nothing that is not there",
        arguments: [
            "/.secret", "/../outside.txt", "/sub/../../outside.txt", "/link.txt", "/no.txt", "main.mjs", "",
        ]
    )
    func refused(path: String) { #expect(answer(path) == nil) }

    @Test("pages are given the script that reloads them, and only pages")
    func reloading() {
        let page = files.response(at: "/").map { String(buffer: $0.body) } ?? ""
        #expect(page.contains("/console/reload.mjs"))
        #expect(files.response(at: "/main.mjs").map { String(buffer: $0.body) } == "1")
    }

    @Test("a folder that is not there is refused with a remedy")
    func missing() {
        let failure = #expect(throws: StartFailure.self) { try StaticFiles(root + "/nothing") }
        #expect(failure?.remedy?.contains("index.html") == true)
    }
}
