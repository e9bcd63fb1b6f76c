import Glibc
import RESProtocol

/// The program's own code in memory.
///
/// Reading the command line, opening databases and making listeners runs through millions of bytes of code that
/// serving does not need. The kernel keeps them mapped for good where memory is plenty, and they count as the
/// program's.
enum ResidentCode {
    /// Gives back what is mapped of the code; what is needed is mapped again, from the page cache, when it runs.
    static func release() {
        guard let maps = try? TextFile.read("/proc/self/maps", maximumSize: 1 << 20) else { return }
        for line in maps.split(separator: "\n") {
            guard let range = codeRange(line),
                let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound)
            else { continue }
            _ = madvise(start, range.count, Int32(MADV_DONTNEED))
        }
    }

    /// The addresses of a mapping of a file that is executable and cannot have been written to; nil for any other.
    static func codeRange(_ line: Substring) -> Range<UInt>? {
        // 563c1b93c000-563c1ce2f000 r-xp 0072b000 fe:00 5383819    /usr/bin/resdev
        let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
        guard fields.count == 6, fields[1] == "r-xp",
            fields[5].drop(while: { $0 == " " }).hasPrefix("/")
        else { return nil }
        let ends = fields[0].split(separator: "-")
        guard ends.count == 2, let start = UInt(ends[0], radix: 16), let end = UInt(ends[1], radix: 16),
            start < end
        else { return nil }
        return start..<end
    }
}
