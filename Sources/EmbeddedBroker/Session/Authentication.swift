/// Decides whether a client may come in, by what it presents in CONNECT.
struct Authentication: Equatable, Sendable {
    /// One who may come in with a name and a password.
    struct User: Equatable, Sendable {
        var name: String
        var password: String
    }

    /// Those who may come in by name.
    var users: [User] = []
    /// What lets anyone in who presents it; nil when there is none.
    var token: String?
    /// The user a client is taken for that presents nothing; nil when it is refused.
    var userWithoutCredentials: String?

    /// Whether a client must present something.
    var isRequired: Bool { (!users.isEmpty || token != nil) && userWithoutCredentials == nil }

    /// What is decided of a client.
    enum Verdict: Equatable {
        /// It may come in; under this name, when names matter.
        case accepted(user: String)
        case refused
    }

    /// Decides.
    ///
    /// Secrets are compared in a time that does not depend on where they differ.
    func verdict(on options: ConnectOptions) -> Verdict {
        guard !users.isEmpty || token != nil else { return .accepted(user: options.user) }
        if let token, Authentication.areEqual(token, options.token) { return .accepted(user: "") }
        if options.user.isEmpty, options.token.isEmpty, let name = userWithoutCredentials {
            return .accepted(user: name)
        }
        let user = users.first { $0.name == options.user }
        // An unknown name costs what a wrong password costs.
        let matches = Authentication.areEqual(user?.password ?? "", options.password)
        guard let user, matches else { return .refused }
        return .accepted(user: user.name)
    }

    private static func areEqual(_ left: String, _ right: String) -> Bool {
        let expected = Array(left.utf8)
        let given = Array(right.utf8)
        var difference = expected.count ^ given.count
        for index in given.indices {
            difference |= Int(given[index] ^ (index < expected.count ? expected[index] : 0))
        }
        return difference == 0
    }
}
