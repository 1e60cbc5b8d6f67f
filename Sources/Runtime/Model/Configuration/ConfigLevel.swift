/// Where a setting was said, from what counts least to what counts most.
package enum ConfigLevel: String, Sendable, CaseIterable, Comparable {
    // The words are those of `/config2` (`spec/pv-ctrl-api.md` §3.8).
    case fallback = "default"
    case pantavisorFile = "pv conf file"
    case pantahubFile = "ph conf file"
    case policy
    /// A file of the running revision.
    case oem = "oem config"
    /// The words `pv_…` that the bootloader gave the kernel.
    case pantavisorWord = "pv cmdline"
    case pantahubWord = "ph cmdline"
    case environment = "env"
    /// An option of `pantavisor appengine`.
    case option = "args"
    case metadata
    case command

    private var rank: Int { ConfigLevel.allCases.firstIndex(of: self) ?? 0 }

    package static func < (left: ConfigLevel, right: ConfigLevel) -> Bool { left.rank < right.rank }
}

/// A setting that was said, and may be said there.
package struct ConfigEntry: Sendable, Hashable {
    package var key: String
    /// In its plain form: `1` for `yes`, seconds for `10min`.
    package var value: String
    package var level: ConfigLevel
    /// `/etc/pantavisor.config:3`, `environment`.
    package var place: String

    package init(_ key: String, _ value: String, _ level: ConfigLevel, at place: String) {
        self.key = key
        self.value = value
        self.level = level
        self.place = place
    }
}

/// A line of a configuration: a key, its value, and where it stands.
package struct ConfigLine: Sendable, Equatable {
    package var key: String
    /// Nil when the line has no `=`; it is `key` then.
    package var value: String?
    package var place: String

    package init(key: String, value: String?, place: String) {
        self.key = key
        self.value = value
        self.place = place
    }

    /// The lines of a file without comments.
    package static func lines(of text: String, named file: String) -> [ConfigLine] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            let line = line.trimmed
            guard !line.isEmpty, !line.hasPrefix("#") else { return nil }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(\.trimmed)
            return ConfigLine(key: parts[0], value: parts.count > 1 ? parts[1] : nil, place: "\(file):\(index + 1)")
        }
    }
}

/// Why a line is left out.
package struct ConfigProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Cause: Sendable, Equatable { case noValue, unknown, misplaced, invalid }

    package var cause: Cause
    package var place: String
    package var reason: String

    package init(_ cause: Cause, at place: String, _ reason: String) {
        self.cause = cause
        self.place = place
        self.reason = reason
    }

    package var description: String { "\(place): \(reason)" }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text.drop { $0.isWhitespace })
    }
}
