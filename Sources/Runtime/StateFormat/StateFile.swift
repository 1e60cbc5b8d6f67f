package import JSON

/// What a revision's directory holds at one path.
package enum StateFile: Sendable, Hashable {
    /// A link to the object with this SHA-256, in lower-case hex.
    case object(String)
    /// A document that the revision carries itself.
    case document(JSONValue)

    package var object: String? {
        if case .object(let hash) = self { hash } else { nil }
    }
}
