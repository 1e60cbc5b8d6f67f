import JSON

/// Mount options for the mount points that match a pattern.
package struct RemountRule: Sendable, Equatable {
    /// POSIX extended regular expression on the mount point.
    package var pattern: String
    package var options: String

    /// Reads `{policy: [{pattern: options}, …], …}`.
    static func policies(_ field: Field) -> [String: [RemountRule]] {
        guard let members = field.members() else { return [:] }
        return members.all(atMost: StateLimits.list).reduce(into: [:]) { policies, entry in
            policies[entry.key] = entry.field.elements().flatMap { rules($0) }
        }
    }

    private static func rules(_ field: Field) -> [RemountRule] {
        guard let members = field.members() else { return [] }
        return members.all(atMost: StateLimits.list).compactMap { pattern, field in
            guard !pattern.isEmpty else {
                field.problem("has an empty pattern; write a regular expression on the mount point")
                return nil
            }
            return field.nonEmptyText().map { RemountRule(pattern: pattern, options: $0) }
        }
    }
}
