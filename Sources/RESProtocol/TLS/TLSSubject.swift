import NIOSSL

/// A certificate's subject as text.
enum TLSSubject {
    /// The attributes in the order in which Go's certificates print them: the name first, the country last.
    private static let order: [(type: SSLCertificateNameType, label: String)] = [
        (.commonName, "CN"), (.state, "ST"), (.city, "L"), (.organizationalUnit, "OU"), (.organization, "O"),
        (.country, "C"),
    ]

    /// The subject as Go's `pkix.Name` prints it, whatever the order in the certificate: `CN=name,O=organisation`.
    static func ordered(_ name: [SSLCertificateName]) -> String {
        order.compactMap { type, label in
            let values = name.filter { $0.type == type }.map { "\(label)=\(escaped($0.value))" }
            return values.isEmpty ? nil : values.joined(separator: "+")
        }.joined(separator: ",")
    }

    /// The subject as RFC 4514 prints it: the attributes in the reverse of the certificate's order.
    static func reversed(_ name: [SSLCertificateName]) -> String {
        let labels = order + [(.emailAddress, "emailAddress"), (.userId, "UID")]
        return name.reversed().compactMap { part in
            labels.first { $0.type == part.type }.map { "\($0.label)=\(escaped(part.value))" }
        }.joined(separator: ",")
    }

    /// A value with the characters escaped that have a meaning (RFC 4514 section 2.4).
    private static func escaped(_ value: String) -> String {
        var text = ""
        for (index, character) in value.enumerated() {
            let isEdge = character == " " && (index == 0 || index == value.count - 1)
            if isEdge || (character == "#" && index == 0) || ",+\"\\<>;".contains(character) {
                text.append("\\")
            }
            text.append(character)
        }
        return text
    }
}
