import RESProtocol

/// One of the live resources below `$sys`, with what lies below it and its methods.
///
/// Nothing is collected while nobody follows it: `begin` comes before the first `content`, `end` when the last follower
/// is gone.
protocol SystemResource: AnyObject {
    /// The resource's name, as `$sys.connections`.
    var name: String { get }

    /// Somebody begins to follow it.
    func begin()

    /// Nobody follows it any more.
    func end()

    /// The result of a get request; nil for what does not exist.
    ///
    /// - Parameter key: what stands behind the resource's name and a dot; nil for the resource itself.
    func content(_ key: String?) -> JSONSlice?

    /// What has changed; called four times a second while somebody follows it. `isSecond` is true every fourth time.
    func tick(isSecond: Bool) -> [SystemEvent]

    /// Calls a method; `answer` runs once, at once or later.
    func call(_ key: String?, _ method: String, _ params: JSONSlice, _ answer: @escaping SystemAnswer)
}

/// Takes the result of a method, or its error.
typealias SystemAnswer = (Result<JSONSlice, RESError>) -> Void

extension SystemResource {
    func begin() {}
    func end() {}
    func tick(isSecond: Bool) -> [SystemEvent] { [] }

    func call(_ key: String?, _ method: String, _ params: JSONSlice, _ answer: @escaping SystemAnswer) {
        answer(.failure(.methodNotFound.saying("No method \(method) on \(name)")))
    }
}
