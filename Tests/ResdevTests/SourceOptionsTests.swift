import Store
import Testing

@testable import resdev

@Suite("The sources of the command line")
struct SourceOptionsTests {
    @Test(
        "what a commit waits for is what the command line says, else the configuration",
        arguments: [
            (.normal, .full, .normal), (.full, .normal, .full), (nil, .normal, .normal), (nil, .full, .full),
        ] as [(StoreConfiguration.Durability?, StoreConfiguration.Durability, StoreConfiguration.Durability)]
    )
    func durability(
        asked: StoreConfiguration.Durability?,
        configured: StoreConfiguration.Durability,
        expected: StoreConfiguration.Durability
    ) throws {
        var source = ServerPlan.Source(path: "a.db", databaseFile: nil, name: nil)
        source.durability = asked
        var database = StoreConfiguration(path: "b.db", name: "a")
        database.durability = configured
        var configuration = ResdevConfiguration()
        configuration.databases = [database]
        #expect(try configuration.stores(of: [source]).map(\.durability) == [expected])
    }
}
