import Store
import Testing

@testable import resdev

@Suite("The sources of the command line")
struct SourceOptionsTests {
    @Test(
        "what a commit waits for is what the command line says, else the configuration",
        arguments: [
            (["--durability", "normal"], .full, .normal), (["--durability", "full"], .normal, .full),
            ([], .normal, .normal), ([], .full, .full),
        ] as [([String], StoreConfiguration.Durability, StoreConfiguration.Durability)]
    )
    func durability(
        arguments: [String],
        configured: StoreConfiguration.Durability,
        expected: StoreConfiguration.Durability
    ) throws {
        let sources = try SourceOptions.parse(["a.db"] + arguments).sources()
        var database = StoreConfiguration(path: "b.db", name: "a")
        database.durability = configured
        var configuration = ResdevConfiguration()
        configuration.databases = [database]
        #expect(try configuration.stores(of: sources).map(\.durability) == [expected])
    }

    @Test("another durability is refused")
    func unknownDurability() {
        #expect(throws: (any Error).self) { try SourceOptions.parse(["a.db", "--durability", "none"]) }
    }
}
