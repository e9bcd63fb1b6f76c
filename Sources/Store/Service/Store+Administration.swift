package import NIOCore
package import RESProtocol

/// What whoever composes the store asks of it while it serves, on the bus's loop.
extension Store {
    /// Does what is asked of the database and gives the result, on the bus's loop; never while the store is not serving.
    package func administer(
        _ request: AdministrationRequest,
        then complete: @escaping (Result<JSONSlice, RESError>) -> Void
    ) {
        guard let bus, let thread else {
            return complete(.failure(.serviceUnavailable.saying("The store is not serving")))
        }
        let loop = bus.eventLoop
        let completion = NIOLoopBound(
            { [self] (outputs: [StoreOutput], result: Result<JSONSlice, RESError>) in
                send(outputs)
                complete(result)
            },
            eventLoop: loop
        )
        thread.perform { engine in
            let result: Result<JSONSlice, RESError>
            do throws(RESError) {
                result = .success(try engine.administer(request, now: DatabaseThread.now()))
            } catch { result = .failure(error) }
            engine.tracer?.flush()
            // The events leave before the answer, as with any change.
            let outputs = engine.outbox.take()
            loop.execute { [outputs] in
                completion.value(outputs, result)
            }
        }
    }

    /// Has the statements told that run from now on, on the bus's loop; nil to stop that.
    package func trace(_ receive: (([StatementTrace]) -> Void)?) {
        guard let bus, let thread else { return }
        let loop = bus.eventLoop
        guard let receive else {
            return thread.perform { $0.tracer = nil }
        }
        let receiver = NIOLoopBound(receive, eventLoop: loop)
        thread.perform { engine in
            // The old one ends before the new one begins: a connection has one.
            engine.tracer = nil
            engine.tracer = StatementTracer(engine.database.connection) { traces in
                loop.execute { receiver.value(traces) }
            }
        }
    }

    /// Takes over other settings while running: rules, login, limits, and how tables are served.
    ///
    /// - Returns: nil, or why everything stays as it was.
    package func reconfigure(_ configuration: StoreConfiguration) -> EventLoopFuture<StoreError?> {
        guard let bus, let thread else { preconditionFailure("a store is reconfigured while it serves") }
        let loop = bus.eventLoop
        let promise = loop.makePromise(of: StoreError?.self)
        let bound = NIOLoopBound(self, eventLoop: loop)
        let file = place
        thread.perform { engine in
            do throws(StoreError) {
                try engine.reconfigure(configuration, database: file)
                loop.execute {
                    bound.value.hasRules = configuration.hasRules
                    bound.value.configuration.maximumPending = configuration.maximumPending
                }
                promise.succeed(nil)
            } catch {
                promise.succeed(error)
            }
        }
        return promise.futureResult
    }
}
