import Testing

@testable import EmbeddedBroker
@testable import resdev

@Suite("The command line counts over the configuration file")
struct BrokerSettingsTests {
    private func configuration(_ line: String, as program: BrokerProgram = .natsServer) throws
        -> BrokerConfiguration
    {
        guard
            case .run(let arguments) = BrokerArguments.read(
                line.split(separator: " ").map(String.init),
                as: program
            )
        else { throw StartFailure(line) }
        return try BrokerSettings.load(arguments, as: program).configuration
    }

    @Test func defaults() throws {
        #expect(try configuration("").host == "0.0.0.0")
        #expect(try configuration("").port == 4222)
        #expect(try configuration("", as: .resdev).host == "127.0.0.1")
        #expect(try configuration("").monitoring.port == nil)
    }

    @Test(arguments: [("-p 0", 4222), ("-p -1", 0), ("-p 5", 5)])
    func portsOfNatsServer(_ line: String, _ port: Int) throws {
        #expect(try configuration(line).port == port)
    }

    @Test(arguments: [("-p 0", 0), ("-p -1", 0), ("-p 5", 5)])
    func portsOfResdev(_ line: String, _ port: Int) throws {
        #expect(try configuration(line, as: .resdev).port == port)
    }

    @Test func monitoringPorts() throws {
        #expect(try configuration("-m -1").monitoring.port == 0)
        #expect(try configuration("-m 0").monitoring.port == nil)
        #expect(try configuration("-m 8222").monitoring.port == 8222)
    }

    @Test func access() throws {
        let access = try configuration("--user u --pass p --auth t").access
        #expect(access.users.map(\.name) == ["u"] && access.users.map(\.password) == ["p"])
        #expect(access.token == "t")
        #expect(try configuration("--user u --pass p").hasPlainPasswords)
        #expect(try configuration("--user u --pass $2a$11$abc").hasPlainPasswords == false)
        #expect(try configuration("").hasPlainPasswords == false)
    }

    @Test func theNamesOfFilesThatCannotBeReadAreTold() {
        #expect(throws: StartFailure("open /nowhere/x.conf: no such file or directory")) {
            try configuration("-c /nowhere/x.conf")
        }
    }
}
