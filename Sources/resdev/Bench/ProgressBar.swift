import Glibc

/// A bar on a terminal's standard error that shows how much of a run is over; nothing elsewhere.
struct ProgressBar {
    let label: String
    private let isShown = isatty(STDERR_FILENO) == 1

    private static let cells = 30

    init(label: String) {
        self.label = label
    }

    /// Draws the bar.
    ///
    /// - Parameter share: 0 to 1.
    func show(_ share: Double, _ remark: String) {
        guard isShown else { return }
        let full = Int((min(max(share, 0), 1) * Double(ProgressBar.cells)).rounded())
        let bar =
            String(repeating: "█", count: full) + String(repeating: "░", count: ProgressBar.cells - full)
        StandardError.write("\r\u{1b}[K\(label) \(bar) \(remark)")
    }

    /// Takes the bar away.
    func clear() {
        if isShown { StandardError.write("\r\u{1b}[K") }
    }
}
