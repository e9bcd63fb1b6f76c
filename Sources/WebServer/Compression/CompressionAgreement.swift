/// What a client and this server agree on for permessage-deflate (RFC 7692 section 7.1).
struct CompressionAgreement: Hashable, Sendable {
    /// Whether messages that are sent refer to those before.
    var serverTakesContextOver: Bool
    /// Whether messages that come in may refer to those before.
    var clientTakesContextOver: Bool
    /// The window for what is sent: 9 to 15.
    var serverWindowBits: Int
    /// The window that the client is told to use; nil when it has not said that it can be told.
    var clientWindowBits: Int?

    /// The value of `Sec-WebSocket-Extensions` that completes the agreement.
    var header: String {
        var text = "permessage-deflate"
        if !serverTakesContextOver { text += "; server_no_context_takeover" }
        if !clientTakesContextOver { text += "; client_no_context_takeover" }
        if serverWindowBits < 15 { text += "; server_max_window_bits=\(serverWindowBits)" }
        if let clientWindowBits, clientWindowBits < 15 {
            text += "; client_max_window_bits=\(clientWindowBits)"
        }
        return text
    }

    /// Takes the first offer of a client that this server can keep; nil when there is none.
    ///
    /// An offer with an unknown parameter, one given twice or one with a bad value is passed over, as section 7.1 asks.
    /// - Parameter values: the values of all `Sec-WebSocket-Extensions` fields of the request.
    init?(accepting values: [String], with options: CompressionOptions) {
        for value in values {
            for offer in value.split(separator: ",") {
                if let agreement = CompressionAgreement(offer: offer, options) {
                    self = agreement
                    return
                }
            }
        }
        return nil
    }

    private init?(offer: Substring, _ options: CompressionOptions) {
        var parts = offer.split(separator: ";", omittingEmptySubsequences: false).map(
            CompressionAgreement.trimmed
        )
        guard !parts.isEmpty, parts.removeFirst().lowercased() == "permessage-deflate" else { return nil }
        var seen: Set<String> = []
        serverTakesContextOver = options.serverTakesContextOver
        clientTakesContextOver = options.clientTakesContextOver
        serverWindowBits = options.serverMaximumWindowBits
        for part in parts {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = CompressionAgreement.trimmed(halves.first ?? "").lowercased()
            let value = halves.count > 1 ? CompressionAgreement.unquoted(halves[1]) : nil
            guard seen.insert(name).inserted else { return nil }
            switch name {
            case "server_no_context_takeover":
                guard value == nil else { return nil }
                serverTakesContextOver = false
            case "client_no_context_takeover":
                guard value == nil else { return nil }
                clientTakesContextOver = false
            case "server_max_window_bits":
                // zlib does not keep to a window of 256 bytes, so an offer of 8 cannot be taken.
                guard let value, let bits = CompressionAgreement.windowBits(value), bits >= 9 else {
                    return nil
                }
                serverWindowBits = min(serverWindowBits, bits)
            case "client_max_window_bits":
                var most = 15
                if let value {
                    guard let bits = CompressionAgreement.windowBits(value) else { return nil }
                    most = bits
                }
                clientWindowBits = min(most, options.clientMaximumWindowBits)
            default: return nil
            }
        }
    }

    private static func windowBits(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), text.first != "0", let bits = Int(text) else {
            return nil
        }
        return 8...15 ~= bits ? bits : nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }

    private static func unquoted(_ text: Substring) -> Substring {
        let text = trimmed(text)
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return text }
        return text.dropFirst().dropLast()
    }
}
