/// One key of the configuration: what it takes, what it is when nobody says it, and who may say it.
///
/// Written as a line of `ConfigKey.table`.
package struct ConfigKey: Sendable, Equatable {
    /// What a value looks like.
    package enum Form: Sendable, Equatable {
        case flag
        case number(ClosedRange<Int>)
        case time
        case text
        case path
        case choice([String])
    }

    package let name: String
    package let form: Form
    package let fallback: String
    package let levels: Set<ConfigLevel>
    /// Its older name, by which `/config` shows it.
    package let alias: String?
    /// Whether its value is nobody's business.
    package let isSecret: Bool
    package let about: String

    /// Every key, in the order `/config2` lists them.
    package static let all: [ConfigKey] = table.split(separator: "\n").map { ConfigKey(line: $0) }

    private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }
    private static let defaults = byName.mapValues { ConfigEntry($0.name, $0.fallback, .fallback, at: "default") }
    /// The names of those whose value is nobody's business.
    package static let secrets = Set(all.filter(\.isSecret).map(\.name))
    private static let byAlias: [String: String] = {
        let further = [
            "meta.cache.dir": "PV_CACHE_USRMETADIR", "pantahub.log.push": "PV_LOG_PUSH",
            "updater.keep_factory": "PV_STORAGE_GC_KEEP_FACTORY",
        ]
        return Dictionary(all.compactMap { key in key.alias.map { ($0, key.name) } }) { first, _ in first }
            .merging(further) { first, _ in first }
    }()

    /// The key of a name in any case, or of an older name: `PV_LOG_LEVEL`, `log.level`, `pv_log.level`.
    package static func named(_ text: String) -> ConfigKey? {
        let upper = text.uppercased()
        if let key = byName[upper] { return key }
        if upper.hasPrefix(sysctlPrefix) { return sysctl(upper) }
        let lower = text.lowercased()
        if let name = byAlias[lower] { return byName[name] }
        let isWord = lower.hasPrefix("pv_") || lower.hasPrefix("ph_")
        return isWord ? byAlias[String(lower.dropFirst(3))].flatMap { byName[$0] } : nil
    }

    package static let sysctlPrefix = "PV_SYSCTL_"

    private static func sysctl(_ name: String) -> ConfigKey? {
        byName[sysctlPrefix + "KERNEL_CORE_PATTERN"].map { known in
            ConfigKey(name: name, form: .text, fallback: "", levels: known.levels, about: "A value for /proc/sys.")
        }
    }

    /// Whether a value may be said there; in its plain form.
    package static func admit(_ line: ConfigLine, at level: ConfigLevel) throws(ConfigProblem) -> ConfigEntry {
        guard let value = line.value else {
            throw ConfigProblem(.noValue, at: line.place, "no \"=\" in \"\(line.key)\"; write KEY=value")
        }
        guard let key = named(line.key) else {
            throw ConfigProblem(
                .unknown, at: line.place,
                "\(line.key.prefix(64)) is no setting and is left out; "
                    + "docs/configuration.md lists all")
        }
        guard key.levels.contains(level) else {
            throw ConfigProblem(
                .misplaced, at: line.place,
                "\(key.name) cannot be set there and is left out; it may be set by \(key.levelNames)")
        }
        guard let plain = key.form.plain(value), value.utf8.count <= 4096 else {
            let place = level == .option ? line.place : "\(line.place): \(key.name)"
            throw ConfigProblem(.invalid, at: place, "\"\(value.prefix(64))\" is not \(key.form.rule)")
        }
        return ConfigEntry(key.name, plain, level, at: line.place)
    }

    package var levelNames: String {
        levels.sorted().map(\.rawValue).joined(separator: ", ")
    }

    /// Of each key what counts: the last of the highest level.
    package static func effective(_ entries: [ConfigEntry]) -> [String: ConfigEntry] {
        var effective = defaults
        for entry in entries {
            if let known = effective[entry.key], known.level > entry.level { continue }
            effective[entry.key] = entry
        }
        return effective
    }
}

extension ConfigKey.Form {
    /// Nil when it is no such value.
    package func plain(_ text: String) -> String? {
        switch self {
        case .flag:
            switch text.lowercased() {
            case "1", "true", "yes", "on": "1"
            case "0", "false", "no", "off": "0"
            default: nil
            }
        case .number(let range): Int(text).flatMap { range.contains($0) ? String($0) : nil }
        case .time: Self.seconds(text).map { String($0) }
        case .text: text.utf8.contains(0) ? nil : text
        case .path: text.isEmpty || (text.hasPrefix("/") && !text.split(separator: "/").contains("..")) ? text : nil
        case .choice(let words): words.first { $0 == text.lowercased() }
        }
    }

    /// Seconds, or a number with s, min, h or d; at most 30 days.
    package static func seconds(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: Int] = ["": 1, "s": 1, "min": 60, "h": 3600, "d": 86_400]
        guard let number = Int(digits), let unit = units[text.dropFirst(digits.count)], number <= 30 * 86_400 / unit
        else { return nil }
        return number * unit
    }

    /// What is allowed, as a message says it.
    package var rule: String {
        switch self {
        case .flag: "0 or 1"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .time: "a time: 30, 30s, 10min, 1h, 1d"
        case .text: "a text of at most 4096 bytes"
        case .path: "an absolute path without \"..\""
        case .choice(let words): "one of " + words.joined(separator: ", ")
        }
    }
}

extension ConfigKey {
    private init(
        name: String, form: Form, fallback: String, levels: Set<ConfigLevel>, about: String
    ) {
        self.name = name
        self.form = form
        self.fallback = fallback
        self.levels = levels
        alias = nil
        isSecret = false
        self.about = about
    }

    /// `NAME form default levels alias about`; `-` for nothing.
    private init(line: Substring) {
        let words = line.split(separator: " ", maxSplits: 5).map { $0 == "-" ? "" : String($0) }
        name = words[0]
        isSecret = words[1] == "secret"
        form = ConfigKey.form(words[1])
        fallback = words[2]
        levels = words[3].split(separator: ",").reduce(into: []) { $0.formUnion(ConfigKey.levels($1)) }
        alias = words[4].isEmpty ? nil : words[4]
        about = words[5]
    }

    private static func form(_ word: String) -> Form {
        switch word {
        case "flag": return .flag
        case "time": return .time
        case "text", "secret": return .text
        case "path": return .path
        default:
            guard word.utf8.contains(UInt8(ascii: "|")) else {
                let bounds = word.split(separator: "-").compactMap { Int($0) }
                return .number(bounds[0]...bounds[1])
            }
            return .choice(word.split(separator: "|").map(String.init))
        }
    }

    private static func levels(_ word: Substring) -> Set<ConfigLevel> {
        switch word {
        case "pv": [.pantavisorFile, .policy, .pantavisorWord, .environment, .option]
        case "ph": [.pantahubFile, .policy, .pantahubWord, .environment, .option]
        // Who chooses the policy cannot be the policy.
        case "base": [.pantavisorFile, .pantavisorWord, .environment, .option]
        case "env": [.pantavisorWord, .environment, .option]
        case "oem": [.oem]
        case "meta": [.metadata]
        case "cmd": [.command]
        default: []
        }
    }
}
