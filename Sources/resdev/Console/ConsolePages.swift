import Gateway
import RESProtocol
import WebServer

import struct NIOCore.ByteBuffer

/// The console as pages of the gateway's port: a table from paths to files in the executable.
struct ConsolePages: Sendable {
    /// Names of the databases that are served.
    let databases: [String]
    /// The URL at which services join the bus.
    let nats: String?
    /// Whether an app of the user's is at the root, and the console only below `/console/`.
    var hasApp = false

    private static let files = Dictionary(
        ConsoleFile.all.map { ($0.path, $0) },
        uniquingKeysWith: { first, _ in first }
    )

    /// The page at a path; nil where there is none.
    func response(at path: String) -> HTTPResponse? {
        if path == "/console/server.json" { return serverDescription }
        if path == "/", hasApp { return nil }
        let name = path == "/console" || path == "/console/" ? "/" : path
        guard let file = ConsolePages.files[name] else { return nil }
        var fields = ConsolePages.safetyFields
        fields.append(HTTPField("Content-Type", ConsolePages.contentType(of: name)))
        fields.append(HTTPField("ETag", file.entityTag))
        // A browser asks each time whether its copy is still right: a new version shows at the next load.
        fields.append(HTTPField("Cache-Control", "no-cache"))
        switch path {
        case "/": fields.append(HTTPField("Vary", "Accept"))
        // Pages of a development server on another port import it too.
        case "/resclient.mjs": fields.append(HTTPField("Access-Control-Allow-Origin", "*"))
        default: break
        }
        return HTTPResponse(200, fields: fields, body: file.content)
    }

    /// What the page has to be told, since no resource says it.
    private var serverDescription: HTTPResponse {
        var body = ByteBuffer()
        body.writeString("{\"version\":")
        body.writeJSON(resdevVersion)
        body.writeString(",\"databases\":[")
        for (index, name) in databases.enumerated() {
            if index > 0 { body.writeString(",") }
            body.writeJSON(name)
        }
        body.writeString("],\"nats\":")
        if let nats { body.writeJSON(nats) } else { body.writeString("null") }
        body.writeString("}")
        let fields = [HTTPField("Content-Type", "application/json"), HTTPField("Cache-Control", "no-store")]
        return HTTPResponse(200, fields: ConsolePages.safetyFields + fields, body: body)
    }

    /// Fields that keep a page to what this server gives it: no other address, no inline script, no frame around it.
    private static let safetyFields = [
        HTTPField(
            "Content-Security-Policy",
            "default-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; "
                + "frame-ancestors 'none'; object-src 'none'"
        ),
        HTTPField("X-Content-Type-Options", "nosniff"),
        HTTPField("Referrer-Policy", "no-referrer"),
    ]

    private static func contentType(of path: String) -> String {
        switch path.split(separator: ".").last {
        case "mjs": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        case "txt": "text/plain; charset=utf-8"
        default: "text/html; charset=utf-8"
        }
    }
}
