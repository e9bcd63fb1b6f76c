import StoreOracle
import Testing

/// A short form of what `scripts/oracle` does for millions of steps.
@Suite("Copies kept by events equal the database")
struct OracleTests {
    @Test("whatever its shape, with random changes through the store", arguments: 1...16)
    func shapes(seed: UInt64) throws { try Oracle.shapes.run(seed: seed, steps: 300) }

    @Test("whatever its shape, with another process's changes too", arguments: 101...106)
    func outside(seed: UInt64) throws { try Oracle.outside.run(seed: seed, steps: 200) }

    @Test("with every kind of table, random changes through the store", arguments: 1...6)
    func fixed(seed: UInt64) throws { try Oracle.fixed.run(seed: seed, steps: 500) }

    @Test("with every kind of table, another process's changes too", arguments: [7, 8])
    func file(seed: UInt64) throws { try Oracle.file.run(seed: seed, steps: 200) }
}
