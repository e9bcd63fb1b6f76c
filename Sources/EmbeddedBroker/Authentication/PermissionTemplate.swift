import RESProtocol

/// Fills in the permissions of a scoped signing key: `{{name()}}` and the like stand for what the user's JWT says.
struct PermissionTemplate {
    let user: UserClaims
    let account: AccountClaims

    /// Subjects that one template can become, where a tag has several values.
    static let maximumSubjects = 4096

    /// The permissions with all templates filled in.
    ///
    /// An allowed subject with a tag that the user does not have is left out; when none is left, nothing is allowed. A denied one is an error.
    func filled(_ permissions: SubjectPermissions) throws(JWTError) -> SubjectPermissions {
        var filled = permissions
        filled.publish = try fill(permissions.publish)
        filled.subscribe = try fill(permissions.subscribe)
        return filled
    }

    private func fill(_ rules: SubjectPermissions.Rules) throws(JWTError) -> SubjectPermissions.Rules {
        var filled = SubjectPermissions.Rules()
        for subject in rules.allow {
            filled.allow += try subjects(subject) ?? []
        }
        for subject in rules.deny {
            guard let subjects = try subjects(subject) else {
                throw .malformed("the denied subject \"\(subject)\" names a tag that the user does not have")
            }
            filled.deny += subjects
        }
        if filled.allow.isEmpty, !rules.allow.isEmpty { filled.deny.append(">") }
        return filled
    }

    /// The subjects that a template becomes; nil when it names a tag without a value.
    private func subjects(_ template: String) throws(JWTError) -> [String]? {
        var subjects = [""]
        var rest = template[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}")
        {
            let values = try values(of: rest[open.upperBound..<close.lowerBound], in: template)
            guard !values.isEmpty else { return nil }
            guard subjects.count * values.count <= PermissionTemplate.maximumSubjects else {
                throw .malformed(
                    "\"\(template)\" becomes more than \(PermissionTemplate.maximumSubjects) subjects"
                )
            }
            let literal = rest[..<open.lowerBound]
            subjects = subjects.flatMap { subject in values.map { subject + literal + $0 } }
            rest = rest[close.upperBound...]
        }
        return subjects.map { $0 + rest }
    }

    private func values(of expression: Substring, in template: String) throws(JWTError) -> [String] {
        let expression = expression.filter { $0 != " " }.lowercased()
        switch expression {
        case "name()": return [user.jwt.name]
        case "subject()": return [user.jwt.subject.text]
        case "account-name()": return [account.jwt.name]
        case "account-subject()": return [account.key.text]
        default: break
        }
        for (function, tags) in [("tag(", user.tags), ("account-tag(", account.tags)] {
            guard expression.hasPrefix(function), expression.hasSuffix(")") else { continue }
            let name = expression.dropFirst(function.count).dropLast() + ":"
            return tags.map { $0.lowercased() }.filter { $0.hasPrefix(name) }.map {
                String($0.dropFirst(name.count))
            }
        }
        throw .malformed("\"\(template)\" has a template that is not known: {{\(expression)}}")
    }
}

extension Substring {
    /// The first place where a text stands in this one.
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
