import Foundation
import FuzzTargets
import Testing

/// Inputs that broke something once, and seeds that reach far: each must pass its target.
@Suite("Kept fuzz cases")
struct FuzzCaseTests {
    private static let cases = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "FuzzTargets/Cases")

    @Test("Every kept case passes its target", arguments: FuzzTarget.all.map(\.name))
    func keptCasesPass(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let inputs = try FuzzCaseTests.inputs(of: name)
        #expect(!inputs.isEmpty, "a target has at least one seed")
        for input in inputs { target.run(input) }
    }

    /// The kept cases of a target, in the order of their names.
    static func inputs(of name: String) throws -> [[UInt8]] {
        let folder = cases.appending(path: name)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.sorted { $0.path < $1.path }.map { Array(try Data(contentsOf: $0)) }
    }

    @Test("Every folder of cases belongs to a target")
    func foldersHaveTargets() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: FuzzCaseTests.cases.path)
        #expect(Set(folders).subtracting(FuzzTarget.all.map(\.name)).isEmpty)
    }
}
