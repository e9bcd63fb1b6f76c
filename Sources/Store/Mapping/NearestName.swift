import RESProtocol

/// Points to the name that somebody most likely meant.
enum NearestName {
    /// A question to append to a message, with what separates it; empty when no name is near.
    static func question(_ wanted: String, among names: some Sequence<String>) -> String {
        wanted.nearestMatch(among: names).map { "; did you mean \($0)?" } ?? ""
    }
}
