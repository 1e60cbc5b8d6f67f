import JSON

/// What may become a path or a part of one: a revision comes from outside, and its names reach the file system.
enum NameRules {
    /// Why a text cannot be the name of one directory entry, or nil when it can.
    static func objection(toName name: String, maximumBytes: Int = StateLimits.component) -> String? {
        if name.isEmpty { return "is empty; give it a name" }
        if let reason = objection(toComponent: name, maximumBytes) { return reason }
        if name.utf8.contains(UInt8(ascii: "/")) { return "\(name.quoted) holds \"/\"; a name is one part of a path" }
        if name.utf8.contains(UInt8(ascii: ":")) { return "\(name.quoted) holds \":\"; use another character" }
        return nil
    }

    /// Why a text cannot be a path below a directory, or nil when it can.
    static func objection(toPath path: String) -> String? {
        if path.isEmpty { return "is empty; give it a path" }
        if path.utf8.count > StateLimits.path {
            return "is a path of \(path.utf8.count) bytes; at most \(StateLimits.path) are allowed"
        }
        let parts = components(of: path)
        if parts.count > StateLimits.pathParts {
            return "is a path of \(parts.count) parts; at most \(StateLimits.pathParts) are allowed"
        }
        for part in parts {
            if part.isEmpty { return "has an empty part; write the path without leading, double or final slashes" }
            if let reason = objection(toComponent: part, StateLimits.component) { return reason }
        }
        return nil
    }

    private static func objection(toComponent part: String, _ maximumBytes: Int) -> String? {
        if part == "." || part == ".." { return "\(part.quoted) leads to another directory; use a real name" }
        if part.utf8.count > maximumBytes {
            return "\(part.quoted) is \(part.utf8.count) bytes long; at most \(maximumBytes) are allowed"
        }
        if part.unicodeScalars.contains(where: \.isControl) { return "\(part.quoted) holds a control character" }
        return nil
    }

    /// The parts between slashes.
    ///
    /// Split by scalars: a slash with a combining mark is one `Character` and still a slash.
    static func components(of path: String) -> [String] {
        path.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
    }
}
