import Glibc

/// Opens pages in the browser of the person at the terminal.
enum Browser {
    /// Programs that open a page in the browser that people have chosen; the first that is there is taken.
    private static let openers = ["xdg-open", "wslview", "open", "x-www-browser"]

    /// Opens a page: with a program that `BROWSER` names, which may be several with colons between them, else with the
    /// desktop's.
    ///
    /// - Returns: false where there is none.
    static func open(_ url: String) -> Bool {
        let chosen =
            getenv("BROWSER").map { String(cString: $0).split(separator: ":").map(String.init) } ?? []
        return (chosen.isEmpty ? openers : chosen).contains { program in
            let started = ChildProcess.start([program, url], environment: ChildProcess.environment, .none)
            return (try? started.get()) != nil
        }
    }
}
