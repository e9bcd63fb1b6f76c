import struct NIOCore.ByteBuffer

/// Joins frames into one buffer, once for all connections for which the same frames are pending.
struct FrameJoiner {
    private var runs: [(frames: [SharedFrame], bytes: ByteBuffer)] = []
    /// Where the next run is looked for first: connections that share one run mostly share the next one too.
    private var hint = 0

    /// How many runs are remembered within one turn of the loop.
    private static let maximumRuns = 8

    /// The bytes of all frames, in order.
    ///
    /// - Parameter count: their bytes altogether.
    mutating func join(_ frames: ArraySlice<SharedFrame>, count: Int) -> ByteBuffer {
        for step in runs.indices {
            let index = (hint + step) % runs.count
            guard runs[index].frames.count == frames.count,
                zip(runs[index].frames, frames).allSatisfy({ $0 === $1 })
            else { continue }
            hint = index + 1
            return runs[index].bytes
        }
        var bytes = ByteBuffer()
        bytes.reserveCapacity(count)
        for frame in frames { bytes.writeImmutableBuffer(frame.bytes) }
        if runs.count < FrameJoiner.maximumRuns {
            runs.append((Array(frames), bytes))
            hint = 0
        }
        return bytes
    }

    /// Forgets all runs, at the end of a turn.
    mutating func clear() {
        runs.removeAll()
        hint = 0
    }
}
