/// Something that takes bytes a peer controls, and must survive all of them.
///
/// `scripts/fuzz` runs every target with inputs that libFuzzer makes up; the unit tests run the cases that are kept in
/// `Cases/NAME`. A target fails by trapping: with `precondition`, or where the code under it does.
package struct FuzzTarget: Sendable {
    /// The name of the folder with its cases, and what `scripts/fuzz` calls it.
    package let name: String
    /// Whether an input takes milliseconds, so that tests try fewer of them.
    package var isSlow = false
    /// Takes one input.
    package let run: @Sendable (_ input: [UInt8]) -> Void

    /// Every target.
    package static let all: [FuzzTarget] = [
        .http, .webSocket, .json, .gateway, .path, .broker, .connect, .headers, .configuration, .jwt,
        .queries, .methods,
    ]
}
