package import struct NIOCore.ByteBuffer

/// Metrics as the OpenMetrics text format has them (specification 1.0.0).
package struct OpenMetricsText {
    package static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    /// Version of Resgate whose metrics and options these are.
    package static let resgateVersion = "1.8.0"

    /// Version of the RES protocol that it speaks.
    package static let protocolVersion = ProtocolVersion.currentText

    private var buffer = ByteBuffer()

    /// The families that Resgate has, and nothing else, in its order.
    package static func encode(_ metrics: GatewayMetrics, _ state: GatewayMetrics.State) -> ByteBuffer {
        var text = OpenMetricsText()
        text.family("go", "info", "The language of Resgate, which this gateway is not written in.")
        text.point("go_info", "version=\"none\"", 1)
        text.family(
            "resgate",
            "info",
            "The Resgate release and RES protocol that this gateway stands in for."
        )
        text.point(
            "resgate_info",
            "version=\"\(resgateVersion)\",protocol=\"\(ProtocolVersion.currentText)\"",
            1
        )
        text.gauge("go_memstats_sys_bytes", "Memory of the process, in bytes.", state.memory)
        text.gauge(
            "resgate_ws_current_connections",
            "WebSockets that are open.",
            state.webSockets
        )
        text.family("resgate_ws_connections", "counter", "WebSockets opened since the start.")
        text.point("resgate_ws_connections_total", nil, metrics.webSockets)
        text.counters(
            "resgate_ws_requests",
            "Requests of clients over WebSocket since the start.",
            [
                ("get", metrics.gets), ("subscribe", metrics.subscribes),
                ("unsubscribe", metrics.unsubscribes), ("call", metrics.calls), ("auth", metrics.auths),
            ]
        )
        // GET and POST are always there, the others once they were used.
        let mapped = [
            ("PUT", metrics.httpPuts), ("DELETE", metrics.httpDeletes), ("PATCH", metrics.httpPatches),
        ]
        text.counters(
            "resgate_http_requests",
            "HTTP requests for resources since the start.",
            [("GET", metrics.httpGets), ("POST", metrics.httpPosts)] + mapped.filter { $0.1 > 0 }
        )
        text.gauge(
            "resgate_cache_resources",
            "Resource names in the cache.",
            state.resources
        )
        text.gauge(
            "resgate_cache_subscriptions",
            "Subscriptions to resources in the cache.",
            state.subscriptions
        )
        text.buffer.writeStaticString("# EOF\n")
        return text.buffer
    }

    private mutating func gauge(_ name: String, _ help: String, _ value: Int) {
        family(name, "gauge", help)
        point(name, nil, UInt64(max(value, 0)))
    }

    private mutating func counters(_ name: String, _ help: String, _ values: [(method: String, UInt64)]) {
        family(name, "counter", help)
        for (method, value) in values { point(name + "_total", "method=\"\(method)\"", value) }
    }

    private mutating func family(_ name: String, _ type: String, _ help: String) {
        buffer.writeString("# TYPE \(name) \(type)\n# HELP \(name) \(help)\n")
    }

    private mutating func point(_ name: String, _ labels: String?, _ value: UInt64) {
        buffer.writeString(name)
        if let labels { buffer.writeString("{\(labels)}") }
        buffer.writeString(" \(value)\n")
    }
}
