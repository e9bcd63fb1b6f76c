/// The page at the monitoring's root, with links to all that can be asked.
enum MonitoringPage {
    /// What can be asked, and what it is called there.
    private static let links: [(path: String, title: String)] = [
        ("varz", "General"), ("connz", "Connections"), ("connz?state=closed", "Closed connections"),
        ("subsz", "Subscriptions"), ("accountz", "Accounts"), ("accstatz", "Account statistics"),
        ("routez", "Routes"), ("gatewayz", "Gateways"), ("leafz", "Leaf nodes"), ("jsz", "JetStream"),
        ("healthz", "Health"),
    ]

    /// The page.
    static func html(serverName: String) -> String {
        let items = links.map { "<li><a href=\"./\($0.path)\">\($0.title)</a></li>" }.joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <title>\(escape(serverName))</title>
            <style>body { font: 1rem system-ui; margin: 2rem } li { margin: .3rem 0 }</style>
            <h1>Broker \(escape(serverName))</h1>
            <ul>
            \(items)
            </ul>

            """
    }

    private static func escape(_ text: String) -> String {
        text.map { character in
            switch character {
            case "<": "&lt;"
            case ">": "&gt;"
            case "&": "&amp;"
            case "\"": "&quot;"
            default: String(character)
            }
        }.joined()
    }
}
