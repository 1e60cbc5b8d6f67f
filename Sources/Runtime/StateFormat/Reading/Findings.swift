import JSON

/// Everything that was noticed while one document was read.
///
/// It lives no longer than that.
final class Findings {
    private var problemList = FindingList()
    private var warningList = FindingList()

    var problems: [ManifestError] { problemList.all }
    var warnings: [ManifestError] { warningList.all }

    func problem(_ place: Place, _ reason: String) { problemList.append(place.pointer, reason) }
    func warning(_ place: Place, _ reason: String) { warningList.append(place.pointer, reason) }
    func problem(_ pointer: JSONPointer, _ reason: String) { problemList.append(pointer, reason) }
    func warning(_ pointer: JSONPointer, _ reason: String) { warningList.append(pointer, reason) }

    /// In the order of their places, so that the order of members in the document does not matter.
    static func sorted(_ errors: [ManifestError]) -> [ManifestError] {
        errors.sorted { left, right in
            left.path == right.path
                ? left.reason.utf8.lexicographicallyPrecedes(right.reason.utf8)
                : left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
        }
    }
}

/// As many findings as somebody could read, and the number of the others.
private struct FindingList {
    private var kept: [ManifestError] = []
    private var bytes = 0
    private var others = 0

    /// The pointer is only made when it is kept.
    mutating func append(_ pointer: @autoclosure () -> JSONPointer, _ reason: String) {
        guard kept.count < StateLimits.findings, bytes < StateLimits.findingBytes else {
            others += 1
            return
        }
        let error = ManifestError(path: pointer().description, reason: reason)
        bytes += error.path.utf8.count + error.reason.utf8.count
        kept.append(error)
    }

    var all: [ManifestError] {
        others == 0 ? kept : kept + [ManifestError(path: "", reason: "has \(others) more findings like these")]
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
