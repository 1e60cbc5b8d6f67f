import Model
import StateFormat

/// What `pantavisor` as the first process of a machine is told (`spec/config-keys.tsv`).
struct MachineSettings: Sendable, Equatable {
    enum Mode: String, CaseIterable, Sendable {
        /// The whole device.
        case embedded
        /// Only a shell: for work on a board that does not run a revision yet.
        case standalone
        /// The runtime in the foreground, as on any host.
        case appengine
    }

    enum WatchdogMode: String, CaseIterable, Sendable {
        case disabled, shutdown, startup, always
    }

    enum ControlGroups: String, CaseIterable, Sendable {
        /// Version 2, unless the kernel lacks its controllers or its command line asks for version 1.
        case auto, unified, hybrid
    }

    /// PV_SYSTEM_INIT_MODE.
    var mode = Mode.embedded
    /// PV_STORAGE_DEVICE: `LABEL=`, `UUID=`, or a path.
    var storageDevice: StorageSource?
    /// PV_STORAGE_FSTYPE; empty = what the device holds.
    var storageType = ""
    /// PV_STORAGE_MNTTYPE: `/btools/pvmnt.<type>` mounts the storage.
    var storageMountType = ""
    /// PV_STORAGE_WAIT.
    var storageWait = Duration.seconds(5)
    /// PV_BOOTLOADER_ESP: the device with systemd-boot's entries; empty = something else mounts it.
    var bootPartition = ""
    /// PV_STORAGE_LOGTEMPSIZE: logs lie in memory of that size.
    var memoryForLogs = ""
    /// PV_NET_BRDEV, PV_NET_BRADDRESS4, PV_NET_BRMASK4; an empty name = no bridge.
    var bridge = "lxcbr0"
    var bridgeAddress = "10.0.3.1"
    var bridgeMask = "255.255.255.0"
    /// PV_SYSTEM_DRIVERS_LOAD_EARLY_AUTO.
    var loadsDriversEarly = false
    /// PV_SYSTEM_MOUNT_SECURITYFS.
    var mountsSecurityFilesystem = false
    /// PV_SYSTEM_CGROUPS.
    var controlGroups = ControlGroups.auto
    /// PV_SYSTEM_LIBDIR.
    var libraries = "/lib"
    /// PV_DEBUG_SHELL.
    var offersShell = true
    /// PV_DEBUG_SHELL_AUTOLOGIN.
    var shellNeedsNoLogin = false
    /// PV_DEBUG_SHELL_TIMEOUT.
    var shellTimeout = Duration.seconds(60)
    /// PV_WDT_MODE.
    var watchdog = WatchdogMode.shutdown
    /// PV_WDT_TIMEOUT.
    var watchdogTimeout = Duration.seconds(15)
    /// PV_RUNTIME_DEATHS within PV_RUNTIME_DEATHS_WINDOW: the runtime dies no more often without a reboot.
    var toleratedDeaths = 5
    var deathsWindow = Duration.seconds(300)
    /// PV_SYSCTL_*, in the order they were given.
    var sysctls: [Sysctl] = []

    /// - Returns: what is allowed, when the key or the value is not.
    mutating func set(sysctl key: String, to value: String) -> String? {
        guard let sysctl = Sysctl(key: key, value: value) else {
            return "a value for /proc/sys: PV_SYSCTL_<DIR>_<NAME>, at most \(Sysctl.longestValue) bytes"
        }
        sysctls.removeAll { $0.key == key }
        sysctls.append(sysctl)
        return nil
    }
}

extension SettingKey {
    static let machine: [SettingKey] = [
        SettingKey(key: "PV_SYSTEM_INIT_MODE") { word($1, into: &$0.machine.mode) },
        SettingKey(key: "PV_STORAGE_DEVICE") {
            guard let source = StorageSource($1) else { return StorageSource.form }
            $0.machine.storageDevice = source
            return nil
        },
        SettingKey(key: "PV_STORAGE_FSTYPE") { name($1, into: &$0.machine.storageType) },
        SettingKey(key: "PV_STORAGE_MNTTYPE") { name($1, into: &$0.machine.storageMountType) },
        SettingKey(key: "PV_STORAGE_WAIT") { time($1, into: &$0.machine.storageWait) },
        SettingKey(key: "PV_STORAGE_LOGTEMPSIZE") {
            let digits = $1.prefix { $0.isASCII && $0.isNumber }
            let unit = $1.dropFirst(digits.count).lowercased()
            guard $1.isEmpty || (!digits.isEmpty && ["", "k", "m", "g", "%"].contains(unit)) else {
                return "a size as tmpfs takes it: 16m, 10%"
            }
            $0.machine.memoryForLogs = $1
            return nil
        },
        SettingKey(key: "PV_BOOTLOADER_ESP") { settings, value in
            guard value.isEmpty || value.hasPrefix("/dev/") else { return "a device, as /dev/mmcblk0p1" }
            settings.machine.bootPartition = value
            return nil
        },
        SettingKey(key: "PV_NET_BRDEV") { name($1, into: &$0.machine.bridge) },
        SettingKey(key: "PV_NET_BRADDRESS4") { address($1, into: &$0.machine.bridgeAddress) },
        SettingKey(key: "PV_NET_BRMASK4") { address($1, into: &$0.machine.bridgeMask) },
        SettingKey(key: "PV_SYSTEM_DRIVERS_LOAD_EARLY_AUTO") { flag($1, into: &$0.machine.loadsDriversEarly) },
        SettingKey(key: "PV_SYSTEM_MOUNT_SECURITYFS") { flag($1, into: &$0.machine.mountsSecurityFilesystem) },
        SettingKey(key: "PV_SYSTEM_CGROUPS") { word($1, into: &$0.machine.controlGroups) },
        // The runtime looks there, too.
        SettingKey(
            key: "PV_SYSTEM_LIBDIR", option: "--libraries", placeholder: "DIR", help: "hooks are in DIR/pv (/lib)"
        ) { directory($1, into: &$0.machine.libraries) },
        SettingKey(key: "PV_DEBUG_SHELL") { flag($1, into: &$0.machine.offersShell) },
        SettingKey(key: "PV_DEBUG_SHELL_AUTOLOGIN") { flag($1, into: &$0.machine.shellNeedsNoLogin) },
        SettingKey(key: "PV_DEBUG_SHELL_TIMEOUT") { time($1, into: &$0.machine.shellTimeout) },
        SettingKey(key: "PV_WDT_MODE") { word($1, into: &$0.machine.watchdog) },
        SettingKey(key: "PV_WDT_TIMEOUT") { time($1, into: &$0.machine.watchdogTimeout) },
        SettingKey(key: "PV_RUNTIME_DEATHS") {
            guard let count = Int($1), (1...1000).contains(count) else { return "a number from 1 to 1000" }
            $0.machine.toleratedDeaths = count
            return nil
        },
        SettingKey(key: "PV_RUNTIME_DEATHS_WINDOW") { time($1, into: &$0.machine.deathsWindow) },
    ]

    private static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ text: String, into setting: inout Word
    ) -> String? {
        guard let word = Word(rawValue: text) else {
            return "one of " + Word.allCases.map(\.rawValue).joined(separator: ", ")
        }
        setting = word
        return nil
    }

    /// A name of the kernel's: of a filesystem, an interface; or nothing.
    private static func name(_ text: String, into setting: inout String) -> String? {
        let isFine = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }
        guard isFine, text.utf8.count < 16, text != ".", text != ".." else { return "a name of at most 15 letters" }
        setting = text
        return nil
    }

    private static func address(_ text: String, into setting: inout String) -> String? {
        guard IPv4Address(text) != nil else { return "an address like 10.0.3.1" }
        setting = text
        return nil
    }

    private static func time(_ text: String, into setting: inout Duration) -> String? {
        guard let duration = Duration(setting: text) else { return "a time: 30, 30s, 10min, 1h, 1d" }
        setting = duration
        return nil
    }
}

extension Duration {
    /// Seconds, or a number with s, min, h or d; at most 30 days.
    init?(setting text: String) {
        guard let seconds = ConfigKey.Form.seconds(text) else { return nil }
        self = .seconds(seconds)
    }

    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
