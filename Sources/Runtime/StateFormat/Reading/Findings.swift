import JSON

/// Everything that was noticed while one document was read.
///
/// It lives no longer than that.
final class Findings {
    private(set) var problems: [ManifestError] = []
    private(set) var warnings: [ManifestError] = []

    func problem(_ pointer: JSONPointer, _ reason: String) {
        problems.append(ManifestError(path: pointer.description, reason: reason))
    }

    func warning(_ pointer: JSONPointer, _ reason: String) {
        warnings.append(ManifestError(path: pointer.description, reason: reason))
    }

    /// In the order of their places, so that the order of members in the document does not matter.
    static func sorted(_ errors: [ManifestError]) -> [ManifestError] {
        errors.sorted { left, right in
            left.path == right.path
                ? left.reason.utf8.lexicographicallyPrecedes(right.reason.utf8)
                : left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
        }
    }
}

extension String {
    /// The text as messages show it: in quotes, escaped.
    var quoted: String { JSONValue.quoted(self) }
}

extension Collection where Element == String {
    /// `a, b, c` for messages; long lists are cut.
    var listed: String { isEmpty ? "none" : prefix(12).joined(separator: ", ") + (count > 12 ? ", …" : "") }
}
