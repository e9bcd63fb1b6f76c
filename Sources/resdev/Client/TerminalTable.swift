/// Rows under headings, each column as wide as it has to be, the whole no wider than the terminal.
struct TerminalTable: Equatable {
    let headings: [String]
    private(set) var rows: [[String]] = []

    /// The least width to which a column is cut.
    private static let leastColumn = 6
    private static let gap = "  "

    init(headings: [String]) {
        self.headings = headings
    }

    /// Adds a row; cells that are missing are empty.
    mutating func add(_ cells: [String]) {
        let missing = max(0, headings.count - cells.count)
        rows.append(cells.prefix(headings.count) + Array(repeating: "", count: missing))
    }

    /// The lines of the table. Columns for which there is no room are left out, and the last line says so.
    func lines(width: Int, style: TerminalStyle) -> [String] {
        let widths = columnWidths(width)
        let line = { (cells: [String]) in
            zip(cells, widths).map { TerminalText.fitted($0, to: $1) }.joined(separator: TerminalTable.gap)
        }
        var lines = [style.bold(line(headings))] + rows.map(line)
        let hidden = headings.dropFirst(widths.count)
        if !hidden.isEmpty { lines.append(style.dim("not shown: \(hidden.joined(separator: ", "))")) }
        return lines.map(TerminalTable.withoutTrailingSpaces)
    }

    /// Widths of the columns that are shown: the widest give way until all fit.
    private func columnWidths(_ available: Int) -> [Int] {
        var widths = headings.indices.map { column in
            ([headings] + rows).map { TerminalText.width($0[column]) }.max() ?? 0
        }
        while widths.reduce(0, +) + TerminalTable.gap.count * (widths.count - 1) > available {
            guard let widest = widths.indices.max(by: { widths[$0] < widths[$1] }) else { break }
            if widths[widest] > TerminalTable.leastColumn {
                widths[widest] -= 1
            } else if widths.count > 1 {
                widths.removeLast()
            } else {
                break
            }
        }
        return widths
    }

    private static func withoutTrailingSpaces(_ line: String) -> String {
        var line = line[...]
        while line.last == " " { line.removeLast() }
        return String(line)
    }
}
