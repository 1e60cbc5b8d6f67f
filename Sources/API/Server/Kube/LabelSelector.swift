import Model

/// `a=b,c!=d,e in (x,y),f notin (z),g,!h`: all of them must hold.
struct LabelSelector: Sendable, Equatable {
    enum Requirement: Sendable, Equatable {
        case isOneOf(String, Set<String>)
        case isNoneOf(String, Set<String>)
        case exists(String)
        case isAbsent(String)

        func holds(for labels: [String: String]) -> Bool {
            switch self {
            case .isOneOf(let key, let values): labels[key].map(values.contains) ?? false
            case .isNoneOf(let key, let values): !(labels[key].map(values.contains) ?? false)
            case .exists(let key): labels[key] != nil
            case .isAbsent(let key): labels[key] == nil
            }
        }
    }

    let requirements: [Requirement]

    init(_ text: String) throws(KubeStatus) {
        var requirements: [Requirement] = []
        for part in LabelSelector.split(text) {
            guard let requirement = LabelSelector.requirement(part) else {
                throw KubeStatus(.badRequest, "unable to parse label selector requirement \"\(part)\"")
            }
            requirements.append(requirement)
        }
        self.requirements = requirements
    }

    func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { $0.holds(for: labels) }
    }

    /// At commas outside of parentheses.
    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth <= 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.map { $0.trimmed }.filter { !$0.isEmpty }
    }

    private static func requirement(_ part: String) -> Requirement? {
        if let (key, values) = set(part, operator: " notin ") { return key.isKey ? .isNoneOf(key, values) : nil }
        if let (key, values) = set(part, operator: " in ") { return key.isKey ? .isOneOf(key, values) : nil }
        if let (key, value) = part.halves(around: "!=") { return key.isKey ? .isNoneOf(key, [value]) : nil }
        if let (key, value) = part.halves(around: "==") ?? part.halves(around: "=") {
            return key.isKey ? .isOneOf(key, [value]) : nil
        }
        if part.hasPrefix("!") {
            let key = String(part.dropFirst()).trimmed
            return key.isKey ? .isAbsent(key) : nil
        }
        return part.isKey ? .exists(part) : nil
    }

    private static func set(_ part: String, operator word: String) -> (String, Set<String>)? {
        guard let (key, list) = part.halves(around: word), list.hasPrefix("("), list.hasSuffix(")") else { return nil }
        let values = list.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
        return (key, Set(values.map { String($0).trimmed }))
    }
}

extension String {
    var trimmed: String {
        var part = Substring(self)
        while part.first == " " { part = part.dropFirst() }
        while part.last == " " { part = part.dropLast() }
        return String(part)
    }

    /// What stands before and after the first occurrence of a separator, trimmed.
    func halves(around separator: String) -> (String, String)? {
        let separator = Array(separator.utf8)
        let bytes = Array(utf8)
        guard bytes.count >= separator.count else { return nil }
        for start in 0...(bytes.count - separator.count)
        where bytes[start..<(start + separator.count)].elementsEqual(separator) {
            let (before, after) = (bytes[..<start], bytes[(start + separator.count)...])
            return (String(decoding: before, as: UTF8.self).trimmed, String(decoding: after, as: UTF8.self).trimmed)
        }
        return nil
    }

    fileprivate var isKey: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                default: "-_./".utf8.contains(byte)
                }
            }
    }
}
