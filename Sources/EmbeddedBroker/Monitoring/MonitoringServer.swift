import WebServer

import struct NIOCore.ByteBuffer

/// Answers the HTTP requests of those who watch a broker.
final class MonitoringServer: HTTPApplication {
    private let monitor: Monitor
    private let basePath: String
    private let serverName: String
    /// Whether clients are still taken in.
    private let isHealthy: () -> Bool

    init(_ monitor: Monitor, basePath: String, serverName: String, isHealthy: @escaping () -> Bool) {
        self.monitor = monitor
        let trimmed = basePath.split(separator: "/").joined(separator: "/")
        self.basePath = trimmed.isEmpty ? "" : "/" + trimmed
        self.serverName = serverName
        self.isHealthy = isHealthy
    }

    func received(_ exchange: HTTPExchange) {
        exchange.respond(response(to: exchange.request))
    }

    private func response(to request: HTTPRequest) -> HTTPResponse {
        guard [.get, .head, .post].contains(request.method) else {
            return .text(405, "the monitoring is asked with GET\n")
        }
        guard let path = localPath(request.path) else { return .text(404, "404 page not found\n") }
        let parameters = QueryParameters(request.query)
        do throws(MonitoringError) {
            guard let answer = try answer(to: path, parameters) else {
                return .text(404, "404 page not found\n")
            }
            return respond(answer, callback: parameters["callback"])
        } catch {
            return .text(400, error.message)
        }
    }

    /// The path behind the base path; nil for one that is elsewhere.
    private func localPath(_ path: String) -> String? {
        guard path.hasPrefix(basePath) else { return nil }
        let rest = path.dropFirst(basePath.count)
        if rest.isEmpty { return basePath.isEmpty ? nil : "/" }
        return rest.hasPrefix("/") ? String(rest) : nil
    }

    private struct Answer {
        var status = 200
        var type = "application/json"
        let body: ByteBuffer
    }

    private func answer(to path: String, _ parameters: QueryParameters) throws(MonitoringError) -> Answer? {
        switch path {
        case "/":
            monitor.countRequest(for: path)
            let page = MonitoringPage.html(serverName: serverName)
            return Answer(type: "text/html; charset=utf-8", body: ByteBuffer(string: page))
        case "/healthz":
            monitor.countRequest(for: path)
            return health
        case "/stacksz":
            monitor.countRequest(for: path)
            return Answer(
                type: "text/plain; charset=utf-8",
                body: ByteBuffer(string: ProcessReport.threads())
            )
        case "/raftz":
            monitor.countRequest(for: path)
            let body = ByteBuffer(string: "No Raft nodes registered")
            return Answer(status: 404, type: "text/plain; charset=utf-8", body: body)
        default:
            var text = JSONText(isIndented: true)
            var failure: MonitoringError?
            var isKnown = true
            text.object { text in
                do throws(MonitoringError) {
                    isKnown = try write(path, parameters, into: &text)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            return isKnown ? Answer(body: text.bytes) : nil
        }
    }

    private var health: Answer {
        guard isHealthy() else {
            let body = ByteBuffer(
                string: "{\"status\":\"unavailable\",\"error\":\"the server is in lame duck mode\"}"
            )
            return Answer(status: 503, body: body)
        }
        return Answer(body: ByteBuffer(string: "{\"status\":\"ok\"}"))
    }

    /// - Returns: whether there is something at that path.
    private func write(
        _ path: String,
        _ parameters: QueryParameters,
        into text: inout JSONText
    ) throws(MonitoringError) -> Bool {
        guard MonitoringServer.paths.contains(path) else { return false }
        monitor.countRequest(for: path == "/subscriptionsz" ? "/subsz" : path)
        switch path {
        case "/varz": monitor.writeServer(into: &text)
        case "/connz": monitor.connections(try ConnectionsQuery(parameters)).write(into: &text)
        case "/subsz", "/subscriptionsz":
            monitor.subscriptions(try SubscriptionsQuery(parameters)).write(into: &text)
        case "/accountz": try monitor.writeAccounts(named: parameters["acc"], into: &text)
        case "/accstatz":
            monitor.writeAccountStatistics(
                of: parameters["acc"].isEmpty ? nil : [parameters["acc"]],
                includingUnused: try parameters.flag("unused"),
                into: &text
            )
        case "/routez": monitor.writeAbsent(.routes, into: &text)
        case "/gatewayz": monitor.writeAbsent(.gateways, into: &text)
        case "/leafz": monitor.writeAbsent(.leafNodes, into: &text)
        case "/jsz": monitor.writeAbsent(.jetStream, into: &text)
        case "/debug/vars": ProcessReport.writeVariables(into: &text)
        default: break
        }
        return true
    }

    /// What can be asked; only of these it is counted how often.
    private static let paths: Set<String> = [
        "/varz", "/connz", "/subsz", "/subscriptionsz", "/accountz", "/accstatz", "/routez", "/gatewayz",
        "/leafz",
        "/jsz", "/ipqueuesz", "/debug/vars",
    ]

    private func respond(_ answer: Answer, callback: String) -> HTTPResponse {
        let origin = HTTPField("Access-Control-Allow-Origin", "*")
        guard MonitoringServer.isFunctionName(callback), answer.type == "application/json" else {
            let fields = [origin, HTTPField("Content-Type", answer.type)]
            return HTTPResponse(answer.status, fields: fields, body: answer.body)
        }
        var script = ByteBuffer(string: "\(callback)(")
        script.writeImmutableBuffer(answer.body)
        script.writeString(")")
        let fields = [origin, HTTPField("Content-Type", "application/javascript")]
        return HTTPResponse(answer.status, fields: fields, body: script)
    }

    /// Whether a text can be called in a script and can do nothing else: names joined by dots.
    static func isFunctionName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { name in
                guard let first = name.utf8.first, !(0x30...0x39 ~= first) else { return false }
                return name.utf8.allSatisfy { byte in
                    byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$") || 0x30...0x39 ~= byte
                        || 0x41...0x5a ~= byte || 0x61...0x7a ~= byte
                }
            }
    }
}
