import Controllers
import Drivers
import LinuxDrivers
import LogServer
import Logging
import Model
import StateFormat

/// What the runtime is started with (`ComposedSettings`).
struct RuntimeSettings: Sendable, Equatable {
    /// PV_STORAGE_MNTPOINT.
    var storage = "/storage"
    /// PV_SYSTEM_RUNDIR.
    var run = "/run/pantavisor/pv"
    /// PV_DISK_VOLDIR; nil = below the run directory, so that several instances fit on one host.
    var volumes: String?
    /// PV_DISK_EXPORTSDIR; nil as above.
    var exports: String?
    /// The revision to run, as the bootloader chose it (`pv_rev`).
    var revision = "0"
    /// PV_LOG_LEVEL, as swift-log names it.
    var logLevel = Logger.Level.info
    /// PV_LXC_LOG_LEVEL, 0 to 5.
    var lxcLogLevel = 2
    /// PV_LOG_AUTO_DEVLOG.
    var providesDevLog = true
    /// PV_LOG_DIR; nil = in the storage.
    var logs: String?
    /// PV_LOG_CAPTURE: whether there is a log server.
    var capturesLogs = true
    /// The rest of PV_LOG_*.
    var logServer = LogServerSettings(layout: Layout(storage: "/storage", run: "/run/pantavisor/pv"), revision: "0")
    /// Where the runtime's own log also goes.
    var logsToStandardError = false
    /// Where peers may connect with TLS.
    var https = HTTPSSettings()
    /// How long a container may take to halt.
    var stopGrace = Duration.seconds(5)
    /// PV_UPDATER_COMMIT_DELAY, in seconds.
    var commitDelay = 25
    /// PV_UPDATER_GOALS_TIMEOUT, in seconds.
    var goalsTimeout = 120
    /// PV_SECUREBOOT_CHECKSUM.
    var checksObjects = true
    /// PV_STORAGE_GC_RESERVED, in percent.
    var reservedPercent = 5
    /// PV_STORAGE_GC_THRESHOLD, in percent.
    var thresholdPercent = 0
    /// PV_STORAGE_GC_THRESHOLD_DEFERTIME, in seconds.
    var deferTime = 600
    /// PV_STORAGE_GC_KEEP_FACTORY.
    var keepsFactory = false

    /// PV_CACHE_USRMETADIR, PV_CACHE_DEVMETADIR; nil = in the storage.
    var userMetaDirectory: String?
    var deviceMetaDirectory: String?

    /// PV_CONTROL_DEFAULT_ROLE: what a container without roles may do.
    var defaultRole = Role.mgmt

    /// PV_BOOTLOADER_TYPE; nil = none, Pantavisor stands in for it.
    var loader: BootloaderType?
    /// What only the first process of a machine looks at.
    var machine = MachineSettings()

    /// Everything that was said and counts, the last of two being stronger.
    var entries: [ConfigEntry] = []
    /// What was said in vain, and where.
    var warnings: [String] = []

    init() {}

    var layout: Layout {
        Layout(
            storage: storage, run: run, volumes: volumes ?? "\(run)/volumes", exports: exports ?? "\(run)/exports",
            logs: logs, kernelRelease: kernelRelease())
    }

    var userMeta: String { userMetaDirectory ?? "\(storage)/cache/meta" }
    var deviceMeta: String { deviceMetaDirectory ?? "\(storage)/cache/devmeta" }

    /// Where the device maker's programs are.
    var hooks: String { "\(machine.libraries)/pv/hooks/system.d" }
    /// Where those are that set up a container's root filesystem.
    var mountHooks: String { "\(machine.libraries)/pv/hooks_lxc-mount.d" }

    /// The same, as the boot loader's driver takes it.
    var bootloader: BootloaderSettings {
        let said = ConfigKey.effective(entries)
        func take(_ key: String, _ setting: inout String) {
            if let value = said["PV_BOOTLOADER_\(key)"]?.value, !value.isEmpty { setting = value }
        }
        func take(_ key: String, _ setting: inout Int) {
            if let value = said["PV_BOOTLOADER_\(key)"].flatMap({ Int($0.value) }) { setting = value }
        }
        var bootloader = BootloaderSettings(layout: layout)
        bootloader.hasLoader = loader != nil
        bootloader.isInFlashOnly = said["PV_BOOTLOADER_MTD_ONLY"]?.value == "1"
        take("MTD_ENV", &bootloader.flashEnvironment)
        take("UBOOTAB_A_NAME", &bootloader.fitPartitions.a)
        take("UBOOTAB_B_NAME", &bootloader.fitPartitions.b)
        take("UBOOTAB_ENV_NAME", &bootloader.environment.first)
        take("UBOOTAB_ENV_BAK_NAME", &bootloader.environment.second)
        take("UBOOTAB_ENV_OFFSET", &bootloader.environmentOffset)
        take("UBOOTAB_ENV_SIZE", &bootloader.environmentSize)
        return bootloader
    }

    /// The same, as the controllers take it.
    var device: DeviceSettings {
        var device = DeviceSettings(
            containers: ContainerSettings(layout: layout, stopGrace: stopGrace, providesDevLog: providesDevLog))
        device.rollouts.commitDelay = commitDelay
        device.rollouts.goalsTimeout = goalsTimeout
        device.rollouts.checksObjects = checksObjects
        device.rollouts.state.defaultRole = defaultRole
        device.rollouts.state.bsp = loader == nil ? .ignored : .required
        device.rollouts.kernelRelease = loader == nil ? nil : kernelRelease()
        if let fit = ConfigKey.effective(entries)["PV_BOOTLOADER_FITCONFIG"]?.value, !fit.isEmpty {
            device.rollouts.driverScopes.append("fitconfig:\(fit)")
        }
        device.storage.reservedPercent = reservedPercent
        device.storage.thresholdPercent = thresholdPercent
        device.storage.deferTime = deferTime
        device.storage.keepsFactory = keepsFactory
        device.configuration = ConfigurationSettings(entries: entries, warnings: warnings)
        return device
    }
}

/// A setting that cannot be used: where it was found, and what is allowed.
struct SettingError: Error, Equatable, CustomStringConvertible {
    let place: String
    let reason: String

    var description: String { "\(place): \(reason)" }
}

extension Logger.Level {
    /// PV_LOG_LEVEL: FATAL 0, ERROR 1, WARN 2, INFO 3, DEBUG 4, TRACE 5.
    init?(pantavisorLevel level: Int) {
        let levels: [Logger.Level] = [.critical, .error, .warning, .info, .debug, .trace]
        guard levels.indices.contains(level) else { return nil }
        self = levels[level]
    }
}
