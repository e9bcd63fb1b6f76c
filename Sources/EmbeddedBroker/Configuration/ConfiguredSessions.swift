extension Authentication {
    /// What a configuration says of who may come in.
    init(_ configuration: BrokerConfiguration) {
        self.init(
            configuration.access,
            webSocket: configuration.webSocket,
            mapsCertificates: configuration.tls?.mapsCertificates ?? false
        )
    }
}

extension SessionLimits {
    /// What a configuration says of what one client may use.
    init(_ limits: BrokerLimits) {
        controlLine = limits.maximumControlLine
        payload = limits.maximumPayload
        pending = limits.maximumPending
        subscriptions = limits.maximumSubscriptions
        subscriptionTokens = limits.maximumSubscriptionTokens
        pingsOutstanding = limits.maximumPingsOutstanding
    }
}
