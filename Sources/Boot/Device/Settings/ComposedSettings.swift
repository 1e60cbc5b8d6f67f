import Drivers
import LinuxDrivers
import Model

/// The settings that sources come to, by precedence: defaults, `pantavisor.config`, `pantahub.config`, a policy, the
/// kernel's command line, the environment, options.
///
/// What cannot be used is reported and left out: a machine has nobody to ask, and must come up.
struct ComposedSettings: Equatable {
    private(set) var settings = RuntimeSettings()
    /// Why lines were left out, by their places.
    private(set) var problems: [ConfigProblem] = []

    /// A word for loaders that want no object checked at boot (`spec/runtime-behaviour.md` §8).
    private static let quickBoot = "pv_quickboot"

    init(_ sources: SettingSources) {
        // Where the storage is, and which policy is meant, is said by what is read before them.
        let first = ComposedSettings(sources, files: [])
        let storage = "\(first.settings.storage)/config/pantahub.config"
        self.init(sources, files: [(.pantahubFile, storage)] + first.policies.map { (.policy, $0) })
        settings.entries = derived.map { ConfigEntry($0, $1, .fallback, at: "default") } + settings.entries
        settings.warnings = problems.map(\.description)
        settings.logServer.layout = settings.layout
        settings.logServer.revision = settings.revision
    }

    /// - Parameter files: what is read beside the configuration file, and when.
    private init(_ sources: SettingSources, files: [(ConfigLevel, String)]) {
        if sources.commandLine != nil {
            // On a machine of its own everything has the place that configurations expect.
            let places = [
                "PV_DISK_VOLDIR": "/volumes", "PV_DISK_EXPORTSDIR": "/exports", "PV_BOOTLOADER_TYPE": "uboot",
            ]
            for (key, value) in places.sorted(by: { $0.key < $1.key }) {
                apply(ConfigEntry(key, value, .fallback, at: "default"))
            }
        }
        take(sources.file, .pantavisorFile, sources.read)
        for (level, file) in files { take(file, level, sources.read, isOptional: level == .pantahubFile) }
        for line in sources.commandLine?.entries ?? [] where line.key != Self.quickBoot.uppercased() {
            take(line, line.key.hasPrefix("PH_") ? .pantahubWord : .pantavisorWord)
        }
        if sources.commandLine?.says(Self.quickBoot) == true {
            let place = "kernel command line: \(Self.quickBoot)"
            apply(ConfigEntry("PV_SECUREBOOT_CHECKSUM", "0", .pantavisorWord, at: place))
        }
        for (key, value) in sources.environment.sorted(by: { $0.key < $1.key }) where ConfigKey.isVariable(key) {
            take(ConfigLine(key: key, value: value, place: "environment"), .environment)
        }
        for line in sources.options { take(line, .option) }
    }

    private var policies: [String] {
        let said = ConfigKey.effective(settings.entries)
        guard let name = said["PV_POLICY"]?.value, !name.isEmpty, !name.hasPrefix("."), !name.utf8.contains(47) else {
            return []
        }
        return ["\(said["PV_SYSTEM_ETCPANTAVISORDIR"]?.value ?? "")/policies/\(name).config"]
    }

    /// Defaults that follow from other settings.
    private var derived: [(String, String)] {
        let layout = settings.layout
        return [
            ("PV_DISK_VOLDIR", layout.volumes), ("PV_DISK_EXPORTSDIR", layout.exports), ("PV_LOG_DIR", layout.logs),
            ("PV_CACHE_USRMETADIR", settings.userMeta), ("PV_CACHE_DEVMETADIR", settings.deviceMeta),
            ("PV_BOOTLOADER_TYPE", settings.loader?.rawValue ?? "none"),
        ]
    }

    private mutating func take(
        _ file: String, _ level: ConfigLevel, _ read: SettingSources.Reader, isOptional: Bool = true
    ) {
        do throws(SettingError) {
            guard let bytes = try read(file) else {
                if !isOptional { problems.append(ConfigProblem(.unknown, at: file, "there is no such file")) }
                return
            }
            for line in ConfigLine.lines(of: String(decoding: bytes, as: UTF8.self), named: file) { take(line, level) }
        } catch {
            problems.append(ConfigProblem(.invalid, at: error.place, error.reason))
        }
    }

    private mutating func take(_ line: ConfigLine, _ level: ConfigLevel) {
        do throws(ConfigProblem) {
            let entry = try ConfigKey.admit(line, at: level)
            if let allowed = apply(entry) {
                let place = level == .option ? line.place : "\(line.place): \(entry.key)"
                throw ConfigProblem(.invalid, at: place, "\"\(line.value ?? "")\" is not \(allowed)")
            }
        } catch {
            problems.append(error)
        }
    }

    /// - Returns: what is allowed, when the value is not.
    @discardableResult
    private mutating func apply(_ entry: ConfigEntry) -> String? {
        let problem = settings.apply(entry)
        if problem == nil { settings.entries.append(entry) }
        return problem
    }
}

extension ConfigKey {
    /// The environment is everybody's: of its variables only those are ours that are settings.
    fileprivate static func isVariable(_ name: String) -> Bool {
        name == name.uppercased() && (name.hasPrefix("PV_") || name.hasPrefix("PH_")) && named(name) != nil
    }
}
