import RESProtocol

@testable import EmbeddedBroker
@testable import Gateway
@testable import Store

/// Reads texts as configuration files, without any files.
enum FuzzConfiguration {
    static func map(_ text: String) throws(ConfigurationError) -> ConfigurationMap {
        var limits = ConfigurationParser.Limits()
        limits.size = 65_536
        let surroundings = ConfigurationParser.Surroundings(
            read: { path throws(TextFile.Failure) in
                throw TextFile.Failure(path: path, reason: "no such file")
            },
            environment: { $0 == "SET" ? "17" : nil }
        )
        return try ConfigurationParser.parse(text, file: "f", limits: limits, surroundings: surroundings)
    }

    static func broker(_ text: String) throws(ConfigurationError) -> BrokerConfiguration {
        try BrokerConfiguration(
            reading: try map(text),
            readFile: { path throws(TextFile.Failure) in
                throw TextFile.Failure(path: path, reason: "no such file")
            }
        )
    }
}

extension FuzzTarget {
    /// Configuration files of every role: what is wrong with one is said with a place that is in it.
    static let configuration = FuzzTarget(name: "configuration") { input in
        let text = String(decoding: input, as: UTF8.self)
        let lines = text.utf8.reduce(1) { $1 == 0x0a ? $0 + 1 : $0 }
        func check(_ read: () throws(ConfigurationError) -> Void) {
            do throws(ConfigurationError) {
                try read()
            } catch {
                let place = error.position
                precondition(1...lines + 1 ~= place.line && place.column >= 1, "\(error) in \(lines) lines")
                precondition(!error.message.isEmpty, "an error without a word")
            }
        }
        check { () throws(ConfigurationError) in _ = try FuzzConfiguration.broker(text) }
        guard let map = try? FuzzConfiguration.map(text) else { return }
        for field in map.fields {
            check { () throws(ConfigurationError) in
                _ = try StoreConfiguration(reading: field.value, name: field.key, folder: "")
            }
            check { () throws(ConfigurationError) in _ = try GatewayConfiguration(reading: field.value) }
        }
    }
}
