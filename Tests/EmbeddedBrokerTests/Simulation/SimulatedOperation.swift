import NIOCore

@testable import EmbeddedBroker

/// What a simulated client asks of the broker.
enum SimulatedOperation {
    case subscribe(sid: String, pattern: String, queue: String)
    /// A maximum of zero or less ends the subscription at once.
    case unsubscribe(sid: String, maximum: Int)
    case publish(SimulatedMessage)
    case ping
    /// A second CONNECT, which ends all subscriptions.
    case connect
}

/// A message on its way; its id is in its payload.
struct SimulatedMessage {
    let id: Int
    let subject: String
    /// Empty for none; ends with the id otherwise.
    let reply: String
    /// The header block; empty for none.
    let headers: String
    let payload: String
}

/// How a simulated client is connected.
struct SimulatedTraits {
    /// In which account it is.
    var account = 0
    var verbose = false
    var pedantic = false
    var echo = true
    var headers = true
    var noResponders = true

    /// The CONNECT that says so.
    var connect: String {
        """
        CONNECT {"verbose":\(verbose),"pedantic":\(pedantic),"echo":\(echo),"headers":\(headers),\
        "no_responders":\(noResponders),"user":"u\(account)","pass":"p"}\r\n
        """
    }
}

extension SimulatedOperation {
    /// What stands on the wire, in one of the forms it may have.
    func encode(for traits: SimulatedTraits, using generator: inout SplitMix) -> String {
        switch self {
        case .subscribe(let sid, let pattern, let queue):
            let name = ["SUB", "sub", "Sub"].randomElement(using: &generator) ?? "SUB"
            let gap = SimulatedOperation.gap(&generator)
            return "\(name)\(gap)\(pattern)\(queue.isEmpty ? "" : gap + queue)\(gap)\(sid)\r\n"
        case .unsubscribe(let sid, let maximum):
            return maximum == 0 ? "UNSUB \(sid)\r\n" : "UNSUB \(sid) \(maximum)\n"
        case .publish(let message): return message.encode(gap: SimulatedOperation.gap(&generator))
        case .ping: return "PING\r\n"
        case .connect: return traits.connect
        }
    }

    private static func gap(_ generator: inout SplitMix) -> String {
        [" ", " ", " ", "  ", "\t", " \t "].randomElement(using: &generator) ?? " "
    }
}

extension SimulatedMessage {
    fileprivate func encode(gap: String) -> String {
        var words = [headers.isEmpty ? "PUB" : "HPUB", subject]
        if !reply.isEmpty { words.append(reply) }
        if !headers.isEmpty { words.append("\(headers.utf8.count)") }
        words.append("\(headers.utf8.count + payload.utf8.count)")
        return "\(words.joined(separator: gap))\r\n\(headers)\(payload)\r\n"
    }
}

extension SimulatedOperation {
    /// What may happen next.
    struct Choices {
        /// Subjects and patterns are made of these.
        var tokens = ["a", "b", "c"]
        /// How many bytes a payload may be padded with.
        var padding = 40
        /// Whether a client may send what the broker complains of.
        var hasMistakes = true
    }

    /// Something a client may do.
    static func random(
        id: Int,
        client: Int,
        traits: SimulatedTraits,
        choices: Choices,
        using generator: inout SplitMix
    ) -> SimulatedOperation {
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<16:
            let queue = ["", "", "q", "r"].randomElement(using: &generator) ?? ""
            return .subscribe(
                sid: sid(&generator),
                pattern: pattern(client, choices, &generator),
                queue: queue
            )
        case 16..<30:
            return .unsubscribe(
                sid: sid(&generator),
                maximum: max(0, Int.random(in: -6...6, using: &generator))
            )
        case 30..<34: return .ping
        case 34 where Int.random(in: 0..<8, using: &generator) == 0: return .connect
        default: return .publish(message(id, client, traits, choices, &generator))
        }
    }

    private static func sid(_ generator: inout SplitMix) -> String {
        // The longest are kept in another way than the shortest.
        let name = Int.random(in: 1...8, using: &generator)
        return name < 8 ? "\(name)" : "a-rather-long-name-of-a-subscription"
    }

    private static func pattern(_ client: Int, _ choices: Choices, _ generator: inout SplitMix) -> String {
        switch Int.random(in: 0..<24, using: &generator) {
        case 0: return ">"
        case 1...4: return "reply.\(client).*"
        case 5: return "reply.\(client).>"
        case 6 where choices.hasMistakes:
            return ["a..b", ".a", "a.", ">.a", "a.>.b"].randomElement(using: &generator) ?? "a."
        default:
            var tokens = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                Int.random(in: 0..<3, using: &generator) == 0
                    ? "*" : choices.tokens.randomElement(using: &generator) ?? "a"
            }
            if Int.random(in: 0..<4, using: &generator) == 0 { tokens.append(">") }
            return tokens.joined(separator: ".")
        }
    }

    private static func message(
        _ id: Int,
        _ client: Int,
        _ traits: SimulatedTraits,
        _ choices: Choices,
        _ generator: inout SplitMix
    ) -> SimulatedMessage {
        var subject = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
            choices.tokens.randomElement(using: &generator) ?? "a"
        }.joined(separator: ".")
        if choices.hasMistakes, Int.random(in: 0..<30, using: &generator) == 0 {
            subject = ["a.*", "a..b", "b.>", "*", "a."].randomElement(using: &generator) ?? "a.*"
        }
        let hasHeaders = traits.headers && Int.random(in: 0..<3, using: &generator) == 0
        return SimulatedMessage(
            id: id,
            subject: subject,
            reply: Int.random(in: 0..<3, using: &generator) == 0 ? "reply.\(client).\(id)" : "",
            headers: hasHeaders ? "NATS/1.0\r\nid: \(id)\r\n\r\n" : "",
            payload: "\(id)|" + String(repeating: "x", count: padding(choices, &generator))
        )
    }

    private static func padding(_ choices: Choices, _ generator: inout SplitMix) -> Int {
        // Now and then as large as what is shared and not copied.
        if Int.random(in: 0..<50, using: &generator) == 0 {
            return Int.random(in: 0..<20_000, using: &generator)
        }
        return Int.random(in: 0...choices.padding, using: &generator)
    }
}
