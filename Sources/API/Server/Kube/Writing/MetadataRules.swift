import JSON
import Model

/// What names, labels and annotations may be.
enum MetadataRules {
    static let nameRule = "must have 1 to 253 visible characters, none of them / or %, and be neither . nor .."
    private static let annotationLimit = 256 * 1024
    private static let listLimit = 64

    static func isName(_ name: String) -> Bool {
        (1...253).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "%") }
    }

    /// A name from `metadata.generateName`, with five characters that cannot be mistaken for each other.
    static func generate(_ prefix: String) -> String {
        let letters = Array("bcdfghjklmnpqrstvwxz2456789")
        return prefix.utf8.count > 248
            ? prefix : prefix + (0..<5).map { _ in letters[Int.random(in: 0..<letters.count)] }
    }

    static func problems(of metadata: JSONValue) -> [KubeStatus.Cause] {
        var problems: [KubeStatus.Cause] = []
        for (key, value) in metadata["labels"]?.object ?? [:] {
            if !isQualified(key) { problems.append(badKey(key, "metadata.labels")) }
            let text = value.string ?? ""
            if !text.isEmpty, !isLabelPart(text) {
                let rule = "must be at most 63 letters, digits, - _ or . with a letter or digit at both ends"
                problems.append(
                    KubeStatus.Cause(.invalid, "\(rule), not \(value.summary)", at: "metadata.labels[\(key)]"))
            }
        }
        var size = 0
        for (key, value) in metadata["annotations"]?.object ?? [:] {
            if !isQualified(key) { problems.append(badKey(key, "metadata.annotations")) }
            size += key.utf8.count + (value.string?.utf8.count ?? 0)
        }
        if size > annotationLimit {
            problems.append(
                KubeStatus.Cause(
                    .tooLong, "Too long: must have at most \(annotationLimit) bytes", at: "metadata.annotations")
            )
        }
        for list in ["finalizers", "ownerReferences", "managedFields"] where count(metadata[list]) > listLimit {
            problems.append(
                KubeStatus.Cause(.tooLong, "must have at most \(listLimit) entries", at: "metadata.\(list)"))
        }
        for (index, finalizer) in (metadata["finalizers"]?.array ?? []).enumerated() {
            if let text = finalizer.string, isQualified(text) { continue }
            problems.append(badKey(finalizer.string ?? "", "metadata.finalizers[\(index)]"))
        }
        return problems
    }

    private static func count(_ list: JSONValue?) -> Int { list?.array?.count ?? 0 }

    private static func badKey(_ key: String, _ place: String) -> KubeStatus.Cause {
        KubeStatus.Cause(
            .invalid, "\(JSONValue.quoted(key)) is no name like example.org/name: letters, digits, - _ and . only",
            at: place)
    }

    /// `example.org/name` or `name`.
    private static func isQualified(_ key: String) -> Bool {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        return switch parts.count {
        case 1: isLabelPart(parts[0])
        case 2:
            parts[0].utf8.count <= 253 && parts[0].split(separator: ".").allSatisfy(isLabelPart)
                && isLabelPart(parts[1])
        default: false
        }
    }

    private static func isLabelPart(_ text: some StringProtocol) -> Bool {
        func isWord(_ byte: UInt8?) -> Bool {
            guard let byte else { return false }
            return (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        let bytes = Array(text.utf8)
        return bytes.count <= 63 && isWord(bytes.first) && isWord(bytes.last)
            && bytes.allSatisfy { isWord($0) || $0 == 45 || $0 == 46 || $0 == 95 }
    }
}
