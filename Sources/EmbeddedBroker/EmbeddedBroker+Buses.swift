import NIOCore
package import RESProtocol

// Who talks through a broker inside its process.
extension EmbeddedBroker {
    /// A bus client inside this process; on the broker's loop, or before it is started.
    ///
    /// - Parameter label: what people know it by.
    package func makeBus(label: String = "") -> any MessageBus {
        makeLocalBus(label: label, account: core.environment.router.globalAccount)
    }

    private func makeLocalBus(label: String, account: Account) -> InProcessBus {
        let bus = InProcessBus(
            router: core.environment.router,
            label: label,
            account: account,
            maximumPayload: configuration.limits.maximumPayload,
            eventLoop: eventLoop
        )
        localBuses.append(bus)
        bus.onClose = { [weak self, unowned bus] in self?.localBuses.removeAll { $0 === bus } }
        return bus
    }

    /// A client for the program the broker runs in. On the broker's loop.
    func makeBusClient(name: String, account: String) throws(BusError) -> BusClient {
        eventLoop.preconditionInEventLoop()
        guard !isStopped else { throw BusError.closed }
        guard let place = core.environment.router.accounts[account] else {
            throw BusError(.unknownAccount, "the broker has no account '\(account)'")
        }
        let bus = makeLocalBus(label: name, account: place)
        let operations = BusOperations(on: eventLoop)
        let client = BusClientCore(
            bus: bus,
            operations: operations,
            stalls: configuration.stallsFastProducers,
            logger: logger
        )
        operations.attach(client)
        busClients[ObjectIdentifier(client)] = client
        client.onClose = { [weak self, unowned client] in self?.busClients[ObjectIdentifier(client)] = nil }
        return BusClient(
            name: name,
            account: account,
            maximumPayload: bus.maximumPayload,
            operations: operations
        )
    }
}
