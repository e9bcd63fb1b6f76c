/// The subjects at which one requester waits for its answers: `_INBOX.<random>.<number>`.
///
/// A reply subject has 29 bytes, as many as an inbox of the NATS clients in the field has, so that a limit on
/// subject plus inbox falls on the same byte.
struct Inbox {
    /// What all reply subjects match.
    let pattern: SubjectPattern
    private let prefix: [UInt8]

    /// Length of every reply subject, in bytes.
    static let replyLength = 29

    private static let randomLength = 13
    private static let numberLength = 8
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// An inbox of 77 random bits.
    init(using generator: inout some RandomNumberGenerator) {
        var random = ""
        for _ in 0..<Inbox.randomLength {
            let digit = Inbox.digits[Int.random(in: Inbox.digits.indices, using: &generator)]
            random.unicodeScalars.append(Unicode.Scalar(digit))
        }
        prefix = Array("_INBOX.\(random).".utf8)
        pattern = SubjectPattern(unchecked: "_INBOX.\(random).*")
    }

    /// The reply subject of a request; numbers repeat after 62⁸.
    func reply(_ number: UInt64) -> Subject {
        let text = String(unsafeUninitializedCapacity: Inbox.replyLength) { bytes in
            for (place, byte) in prefix.enumerated() { bytes[place] = byte }
            var rest = number
            for place in prefix.count..<Inbox.replyLength {
                bytes[place] = Inbox.digits[Int(rest % 62)]
                rest /= 62
            }
            return Inbox.replyLength
        }
        return Subject(unchecked: text)
    }

    /// The number of the request that a reply subject belongs to, or nil when it is none of this inbox.
    func number(of reply: Subject) -> UInt64? {
        let bytes = reply.text.utf8.span
        guard bytes.count == Inbox.replyLength else { return nil }
        for place in prefix.indices where bytes[place] != prefix[place] { return nil }
        var number: UInt64 = 0
        var place = Inbox.replyLength
        while place > prefix.count {
            place -= 1
            guard let digit = Inbox.value(of: bytes[place]) else { return nil }
            number = number * 62 + UInt64(digit)
        }
        return number
    }

    private static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 36
        default: nil
        }
    }
}
