import FuzzTargets

/// The target that runs; a C callback can capture nothing.
enum Chosen {
    // Set once before libFuzzer starts, on the only thread.
    nonisolated(unsafe) static var target: FuzzTarget?
}
