/// Why the program cannot start or go on: one sentence that says what and where, and one that says what to do.
struct StartFailure: Error, Equatable {
    let message: String
    let remedy: String?

    init(_ message: String, remedy: String? = nil) {
        self.message = message
        self.remedy = remedy
    }
}
