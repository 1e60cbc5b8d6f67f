import LinuxDrivers
import Logging
import Model

/// One setting: its key in configuration files and the environment, its option on the command line.
struct SettingKey: Sendable {
    let key: String
    /// Nil for what only concerns the first process of a machine.
    var option: String?
    var placeholder = ""
    var help = ""
    let apply: @Sendable (inout RuntimeSettings, String) -> String?

    /// `apply` returns what is allowed when the text is not.
    static let all: [SettingKey] = runtime + log + machine + https

    private static let runtime: [SettingKey] = [
        SettingKey(key: "PV_STORAGE_MNTPOINT", option: "--storage", placeholder: "DIR", help: "persistent storage") {
            directory($1, into: &$0.storage)
        },
        SettingKey(key: "PV_SYSTEM_RUNDIR", option: "--run", placeholder: "DIR", help: "sockets, journal, mounts") {
            directory($1, into: &$0.run)
        },
        SettingKey(key: "PV_DISK_VOLDIR", option: "--volumes", placeholder: "DIR", help: "where volumes are mounted") {
            optionalDirectory($1, into: &$0.volumes)
        },
        SettingKey(key: "PV_DISK_EXPORTSDIR", option: "--exports", placeholder: "DIR", help: "what containers export") {
            optionalDirectory($1, into: &$0.exports)
        },
        SettingKey(key: "PV_REV", option: "--revision", placeholder: "REV", help: "revision to run (0)") {
            guard !$1.isEmpty, !$1.split(separator: "/").contains("..") else { return "the name of a revision" }
            $0.revision = $1
            return nil
        },
        SettingKey(key: "PV_LOG_LEVEL", option: "--log-level", placeholder: "0-5", help: "FATAL 0 … INFO 3 … TRACE 5") {
            guard let level = Int($1).flatMap({ Logger.Level(pantavisorLevel: $0) }) else {
                return "a number from 0 to 5"
            }
            $0.logLevel = level
            return nil
        },
        SettingKey(key: "PV_LXC_LOG_LEVEL", option: "--lxc-log-level", placeholder: "0-5", help: "liblxc's own log") {
            guard let level = Int($1), (0...5).contains(level) else { return "a number from 0 to 5" }
            $0.lxcLogLevel = level
            return nil
        },
        SettingKey(key: "PV_LOG_AUTO_DEVLOG", option: "--dev-log", placeholder: "0|1", help: "give containers /dev/log")
        {
            flag($1, into: &$0.providesDevLog)
        },
        SettingKey(
            key: "PV_BOOTLOADER_TYPE", option: "--bootloader", placeholder: "TYPE",
            help: "what boots this device (none)"
        ) {
            guard let type = BootloaderType(rawValue: $1) else {
                guard $1 == "none" else {
                    return "one of none, " + BootloaderType.allCases.map(\.rawValue).joined(separator: ", ")
                }
                $0.loader = nil
                return nil
            }
            $0.loader = type
            return nil
        },
        SettingKey(
            key: "PV_UPDATER_COMMIT_DELAY", option: "--commit-delay", placeholder: "SECONDS",
            help: "how long the goals of an update must hold"
        ) { number($1, in: 0...86_400, into: &$0.commitDelay) },
        SettingKey(
            key: "PV_UPDATER_GOALS_TIMEOUT", option: "--goals-timeout", placeholder: "SECONDS",
            help: "how long an update may take to its goals"
        ) { number($1, in: 1...86_400, into: &$0.goalsTimeout) },
        SettingKey(
            key: "PV_SECUREBOOT_CHECKSUM", option: "--checksum", placeholder: "0|1",
            help: "hold objects against their names"
        ) { flag($1, into: &$0.checksObjects) },
        SettingKey(
            key: "PV_STORAGE_GC_RESERVED", option: "--gc-reserved", placeholder: "PERCENT",
            help: "of the storage that updates leave free"
        ) { number($1, in: 0...90, into: &$0.reservedPercent) },
        SettingKey(
            key: "PV_STORAGE_GC_THRESHOLD", option: "--gc-threshold", placeholder: "PERCENT",
            help: "collect garbage when less is free (0: never)"
        ) { number($1, in: 0...90, into: &$0.thresholdPercent) },
        SettingKey(
            key: "PV_STORAGE_GC_THRESHOLD_DEFERTIME", option: "--gc-defer", placeholder: "SECONDS",
            help: "how long an upload keeps its objects"
        ) { number($1, in: 0...86_400, into: &$0.deferTime) },
        SettingKey(
            key: "PV_STORAGE_GC_KEEP_FACTORY", option: "--keep-factory", placeholder: "0|1",
            help: "never collect revision 0"
        ) { flag($1, into: &$0.keepsFactory) },
        SettingKey(
            key: "PV_CONTROL_DEFAULT_ROLE", option: "--default-role", placeholder: "ROLE",
            help: "of containers without roles: mgmt, nobody"
        ) {
            guard let role = Role(rawValue: $1) else { return "mgmt or nobody" }
            $0.defaultRole = role
            return nil
        },
        SettingKey(
            key: "PV_CACHE_USRMETADIR", option: "--user-meta-dir", placeholder: "DIR",
            help: "what users say (storage/cache/meta)"
        ) { optionalDirectory($1, into: &$0.userMetaDirectory) },
        SettingKey(
            key: "PV_CACHE_DEVMETADIR", option: "--device-meta-dir", placeholder: "DIR",
            help: "what containers say (storage/cache/devmeta)"
        ) { optionalDirectory($1, into: &$0.deviceMetaDirectory) },
        SettingKey(
            key: "PV_LOG_STDERR", option: "--log-stderr", placeholder: "0|1", help: "log to standard error as well"
        ) {
            flag($1, into: &$0.logsToStandardError)
        },
    ]

    static func directory(_ text: String, into setting: inout String) -> String? {
        guard text.hasPrefix("/"), !text.split(separator: "/").contains(".."), text.utf8.count <= 4096 else {
            return "an absolute path without \"..\""
        }
        setting = text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
        return nil
    }

    static func number(_ text: String, in range: ClosedRange<Int>, into setting: inout Int) -> String? {
        guard let value = Int(text), range.contains(value) else {
            return "a number from \(range.lowerBound) to \(range.upperBound)"
        }
        setting = value
        return nil
    }

    static func optionalDirectory(_ text: String, into setting: inout String?) -> String? {
        var path = ""
        let problem = directory(text, into: &path)
        if problem == nil { setting = path }
        return problem
    }

    static func flag(_ text: String, into setting: inout Bool) -> String? {
        switch text.lowercased() {
        case "1", "true", "yes", "on": setting = true
        case "0", "false", "no", "off": setting = false
        default: return "0 or 1"
        }
        return nil
    }
}
