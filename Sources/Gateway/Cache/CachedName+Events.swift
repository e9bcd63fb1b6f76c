import RESProtocol

import struct NIOCore.ByteBuffer

/// Events of the name, and query events, which are asked about.
extension CachedName {
    func received(_ event: String, _ payload: ByteBuffer, _ arrival: UInt64) {
        guard held == nil else {
            return hold(HeldEvent(event: event, payload: payload, arrival: arrival))
        }
        guard event != "query" else { return queryEventReceived(payload, arrival) }
        guard let base else { return }
        do throws(JSONError) {
            base.received(event, try ResourceEvent.payload(of: payload), arrival: arrival)
        } catch {
            cache.report("event that is not JSON: \(error)", "\(name).\(event)")
        }
    }

    private func hold(_ event: HeldEvent) {
        if !hasLostEvents, held?.count ?? 0 < cache.maximumHeldEvents {
            held?.append(event)
        } else {
            hasLostEvents = true
            held = []
        }
    }

    /// Queries may have changed: applies the answers inside the event, or asks for each query that is cached
    /// (RES service protocol, "Query event").
    private func queryEventReceived(_ payload: ByteBuffer, _ arrival: UInt64) {
        guard let queries, !queries.resources.isEmpty else { return }
        guard let body = try? JSONSlice(parsing: payload), let event = QueryEvent(decoding: body) else {
            cache.report("query event without a subject", name)
            return
        }
        if let answers = event.answers {
            for answer in answers {
                guard let resource = queries.resources[answer.query], resource.state == .loaded,
                    arrival > resource.fetchedAfter
                else { continue }
                if resource.isUnusedQuery {
                    // Who asks again is rare; keeping it up to date for nobody is work at every event.
                    resource.forget()
                } else {
                    for event in answer.events { resource.apply(event) }
                }
            }
            return
        }
        forgetIdleQueries()
        let followed = self.queries?.resources.values
        let affected = (followed.map(Array.init) ?? []).filter {
            $0.state == .loaded && arrival > $0.fetchedAfter
        }
        for resource in affected.sorted(by: { $0.query < $1.query }) {
            ask(resource, on: event.subject, arrival)
        }
    }

    /// Sends one query request. Until all are answered the name's other events wait.
    private func ask(_ resource: CachedResource, on subject: String, _ arrival: UInt64) {
        var payload = ByteBuffer()
        payload.writeStaticString("{\"query\":")
        payload.writeJSON(resource.query)
        payload.writeStaticString("}")
        if held == nil { held = [] }
        queryRequests += 1
        use()
        cache.port.send(to: subject, payload: payload) { [self] answer in
            // What a reset has brought meanwhile was made after the query event, and holds what the answer would tell.
            if arrival > resource.fetchedAfter { resource.queryAnswered(answer) }
            queryRequests -= 1
            if queryRequests == 0 { releaseHeld() }
            release()
        }
    }

    private func releaseHeld() {
        let events = held ?? []
        held = nil
        if hasLostEvents {
            hasLostEvents = false
            cache.report(
                "more than \(cache.maximumHeldEvents) events waited for the answers of queries",
                name
            )
            for resource in resources {
                resource.becomeStale()
                resource.reset()
            }
            return
        }
        for (index, waiting) in events.enumerated() {
            received(waiting.event, waiting.payload, waiting.arrival)
            if held != nil {
                // The event was a query event itself, and what is behind it waits again.
                held?.append(contentsOf: events[(index + 1)...])
                return
            }
        }
    }
}
