import APIServer
import Drivers
import LinuxDrivers
import Logging
import Model
import SecureTransport
import Testing

@testable import Boot

@Suite struct SettingsTests {
    @Test func `words of the kernel's command line are split as the kernel splits them`() {
        let line = KernelCommandLine("quiet  pv_storage_device=\"LABEL=my disk\" \"pv_rev\"=7\tpv_quickboot\n")
        #expect(line.words == ["quiet", "pv_storage_device=LABEL=my disk", "pv_rev=7", "pv_quickboot"])
    }

    @Test func `only its pv_ and ph_ words are settings, in their order`() {
        let line = KernelCommandLine(
            "PV_X=1 xpv_rev=1 pv_rev=1 ph_creds_host=h pv_quickboot pv_rev=2 pv_sysctl_vm_swappiness=5")
        #expect(
            line.entries.map { [$0.key, $0.value] } == [
                ["PV_REV", "1"], ["PH_CREDS_HOST", "h"], ["PV_QUICKBOOT", "1"], ["PV_REV", "2"],
                ["PV_SYSCTL_VM_SWAPPINESS", "5"],
            ])
    }

    @Test func `a command line has limits`() {
        let value = String(repeating: "x", count: KernelCommandLine.longestValue)
        #expect(KernelCommandLine("pv_a=\(value)").entries.count == 1)
        #expect(KernelCommandLine("pv_a=\(value)x").entries == [])
        let long = String(repeating: "a ", count: KernelCommandLine.longest)
        #expect(KernelCommandLine(long).words.count == KernelCommandLine.longest / 2)
        #expect(KernelCommandLine("").words == [])
        #expect(KernelCommandLine("\"never closed").words == ["never closed"])
    }

    /// Of a machine whose files are these.
    private func composed(
        _ files: [String: String], commandLine: String? = "", environment: [String: String] = [:],
        options: [String] = []
    ) throws -> ComposedSettings {
        var sources = SettingSources(
            commandLine: commandLine.map { KernelCommandLine($0) }, environment: environment,
            read: { files[$0].map { Array($0.utf8) } })
        sources.file = "f"
        sources.options = try SettingSources.options(options)
        return ComposedSettings(sources)
    }

    private func effective(_ composed: ComposedSettings, _ key: String) -> [String] {
        let entry = ConfigKey.effective(composed.settings.entries)[key]
        return [entry?.value ?? "", entry?.level.rawValue ?? "", entry?.place ?? ""]
    }

    @Test func `the environment counts more than the command line, and that more than the file`() throws {
        let composed = try composed(
            ["f": "PV_WDT_MODE=startup\nPV_WDT_TIMEOUT=30\nPV_STORAGE_DEVICE=/dev/vda\n"],
            commandLine: "pv_wdt_mode=always pv_wdt_timeout=1min",
            environment: ["PV_WDT_MODE": "disabled", "HOME": "/", "pv_wdt_mode": "always", "PV_LXC_START": "/x"])
        #expect(composed.problems == [])
        #expect(composed.settings.machine.watchdog == .disabled)
        #expect(composed.settings.machine.watchdogTimeout == .seconds(60))
        #expect(composed.settings.machine.storageDevice == .path("/dev/vda"))
        #expect(effective(composed, "PV_WDT_TIMEOUT") == ["60", "pv cmdline", "kernel command line"])
        #expect(effective(composed, "PV_STORAGE_DEVICE") == ["/dev/vda", "pv conf file", "f:3"])
        #expect(effective(composed, "PV_STORAGE_WAIT") == ["5", "default", "default"])
    }

    @Test func `a policy counts more than the files, and the hub's file lies on the storage`() throws {
        let composed = try composed(
            [
                "f": "policy=debug\nlog.level=1\nPV_STORAGE_MNTPOINT=/data\nPV_SYSTEM_ETCPANTAVISORDIR=/opt/pv",
                "/opt/pv/policies/debug.config": "PV_LOG_LEVEL=5\nPH_CREDS_PORT=444\nPV_POLICY=other",
                "/data/config/pantahub.config": "creds.host=hub.example\nPH_CREDS_PORT=8443\nPV_LOG_LEVEL=0",
            ])
        #expect(effective(composed, "PV_LOG_LEVEL") == ["5", "policy", "/opt/pv/policies/debug.config:1"])
        #expect(composed.settings.logLevel == .trace)
        #expect(
            effective(composed, "PH_CREDS_HOST")
                == ["hub.example", "ph conf file", "/data/config/pantahub.config:1"])
        #expect(effective(composed, "PH_CREDS_PORT") == ["444", "policy", "/opt/pv/policies/debug.config:2"])
        #expect(
            composed.problems.map(\.description) == [
                "/data/config/pantahub.config:3: PV_LOG_LEVEL cannot be set there and is left out; it may be set by pv conf file, policy, oem config, pv cmdline, env, args, metadata",
                "/opt/pv/policies/debug.config:3: PV_POLICY cannot be set there and is left out; it may be set by pv conf file, pv cmdline, env, args",
            ])
    }

    @Test func `a policy that is not there is told of, and one with a path is none`() throws {
        #expect(
            try composed(["f": "PV_POLICY=debug"]).problems.map(\.description) == [
                "/etc/pantavisor/policies/debug.config: there is no such file"
            ])
        #expect(try composed(["f": "PV_POLICY=../x"]).problems == [])
    }

    @Test func `what cannot be used is left out, and said`() throws {
        let composed = try composed(
            ["f": "PV_WDT_MODE=sometimes\nnonsense\nPV_UNKNOWN=1\nPV_STORAGE_DEVICE=sda\nPH_CREDS_HOST=h"],
            commandLine: "pv_storage_wait=soon")
        #expect(composed.settings.machine.watchdog == .shutdown)
        #expect(
            composed.settings.warnings == [
                "f:1: PV_WDT_MODE: \"sometimes\" is not one of disabled, shutdown, startup, always",
                "f:2: no \"=\" in \"nonsense\"; write KEY=value",
                "f:3: PV_UNKNOWN is no setting and is left out; docs/configuration.md lists all",
                "f:4: PV_STORAGE_DEVICE: \"sda\" is not LABEL=<label>, UUID=<uuid>, or the path of a device below /dev",
                "f:5: PH_CREDS_HOST cannot be set there and is left out; it may be set by ph conf file, policy, oem config, ph cmdline, env, args",
                "kernel command line: PV_STORAGE_WAIT: \"soon\" is not a time: 30, 30s, 10min, 1h, 1d",
            ])
    }

    @Test func `on a host what is wrong is an error, and what is unknown a warning`() throws {
        func settings(_ text: String) throws -> RuntimeSettings {
            let file = RuntimeSettings.defaultFile
            return try RuntimeSettings(
                SettingSources(commandLine: nil, environment: [:], read: { $0 == file ? Array(text.utf8) : nil }))
        }
        let error = #expect(throws: SettingError.self) { try settings("PV_UNKNOWN=1\nPV_LOG_LEVEL=9") }
        #expect(error?.description == "/etc/pantavisor.config:2: PV_LOG_LEVEL: \"9\" is not a number from 0 to 5")
        #expect(try settings("PV_UNKNOWN=1").warnings.count == 1)
    }

    @Test func `another kernel is told what this one was, but for what the loader says anew`() {
        let line = KernelCommandLine(
            "initrd=\\a quiet \"pv_storage_device=LABEL=my disk\" pv_rev=7 BOOT_IMAGE=/k x=1\n")
        #expect(line.inherited == "quiet \"pv_storage_device=LABEL=my disk\" x=1")
    }

    @Test func `the driver of the boot loader is told all that is said of it`() throws {
        let file = """
            PV_BOOTLOADER_TYPE=uboot-ab
            PV_BOOTLOADER_MTD_ENV=env
            PV_BOOTLOADER_UBOOTAB_A_NAME=first
            PV_BOOTLOADER_UBOOTAB_ENV_NAME=/dev/mmcblk0@0x4000
            PV_BOOTLOADER_UBOOTAB_ENV_BAK_NAME=copy
            PV_BOOTLOADER_UBOOTAB_ENV_OFFSET=512
            PV_BOOTLOADER_UBOOTAB_ENV_SIZE=8192
            """
        let composed = try composed(["f": file], commandLine: "pv_bootloader_mtd_only=1")
        #expect(composed.problems == [])
        let bootloader = composed.settings.bootloader
        #expect(composed.settings.loader == .ubootAB)
        #expect(bootloader.hasLoader)
        #expect(bootloader.isInFlashOnly)
        #expect(bootloader.flashEnvironment == "env")
        #expect(bootloader.fitPartitions == (a: "first", b: "fitB"))
        #expect(bootloader.environment == (first: "/dev/mmcblk0@0x4000", second: "copy"))
        #expect(bootloader.environmentOffset == 512)
        #expect(bootloader.environmentSize == 8192)
    }

    @Test func `a loader of which nothing is said is where it usually is`() throws {
        let bootloader = try composed([:]).settings.bootloader
        #expect(!bootloader.isInFlashOnly)
        #expect(bootloader.flashEnvironment == "pv-env")
        #expect(bootloader.fitPartitions == (a: "fitA", b: "fitB"))
    }

    @Test(arguments: [("pv_quickboot", false), ("pv_rev=1", true), ("xpv_quickboot", true)])
    func `a loader may say that no object is checked`(commandLine: String, isChecked: Bool) throws {
        let composed = try composed([:], commandLine: commandLine)
        #expect(composed.settings.checksObjects == isChecked)
        #expect(composed.problems == [])
    }

    @Test func `a machine has its places, an option is stronger than everything`() throws {
        let machine = try composed(["f": "PV_STORAGE_MNTPOINT=/data"], commandLine: "pv_rev=locals/one").settings
        #expect(machine.layout.volumes == "/volumes")
        #expect(machine.loader == .uboot)
        #expect(machine.revision == "locals/one")
        let host = try composed(
            [:], commandLine: nil, environment: ["PV_LOG_LEVEL": "1"], options: ["--log-level=4", "--run", "/r"])
        #expect(host.settings.layout.volumes == "/r/volumes")
        #expect(host.settings.loader == nil)
        #expect(effective(host, "PV_LOG_LEVEL") == ["4", "args", "--log-level"])
        #expect(effective(host, "PV_DISK_VOLDIR") == ["/r/volumes", "default", "default"])
        #expect(effective(host, "PV_BOOTLOADER_TYPE") == ["none", "default", "default"])
    }

    @Test func `every setting is in the table of keys, and takes its default`() {
        for setting in SettingKey.all {
            guard let key = ConfigKey.named(setting.key) else {
                Issue.record("\(setting.key) is not in the table")
                continue
            }
            guard !key.fallback.isEmpty else { continue }
            var settings = RuntimeSettings()
            #expect(setting.apply(&settings, key.fallback) == nil, "\(setting.key)")
        }
    }

    @Test func `TLS is off without a port, and served only with all its files`() throws {
        func https(_ options: String...) throws -> HTTPSSettings {
            var sources = SettingSources(commandLine: nil, environment: [:], read: { _ in nil })
            sources.options = try SettingSources.options(options)
            return try RuntimeSettings(sources).https
        }
        let files = ["--https-cert=/c", "--https-ca=/a", "--https-subjects=alice,bob"]
        #expect(try https(files[0], files[1], files[2]).listener() == nil)
        let missing = #expect(throws: SettingError.self) {
            try https(files[0], files[1], files[2], "--https-port=8443").listener()
        }
        #expect(missing?.description == "--https-key: is needed with --https-port")
        let whole = try https(
            files[0], files[1], files[2], "--https-port=8443", "--https-key=/k", "--https-address=127.0.0.1")
        let expected = TLSFiles(certificate: "/c", key: "/k", authorities: "/a")
        #expect(
            try whole.listener()
                == PeerListener(address: "127.0.0.1", port: 8443, files: expected, managers: ["alice", "bob"]))
        let bad = #expect(throws: SettingError.self) { try https("--https-port=https") }
        #expect(bad?.description == "--https-port: \"https\" is not a number from 0 to 65535")
        #expect(throws: SettingError.self) { try https("--https-cert=c") }
    }

    @Test(
        arguments: [
            ("30", 30), ("30s", 30), ("10min", 600), ("1h", 3600), ("1d", 86_400), ("0", 0), ("-1", nil), ("1m", nil),
            ("", nil), ("s", nil), ("31d", nil), ("99999999999999999999", nil), ("9223372036854775807min", nil),
        ] as [(String, Int?)])
    func `a time is a number with a unit`(text: String, seconds: Int?) {
        #expect(Duration(setting: text) == seconds.map { .seconds($0) })
    }

    @Test func `a storage is named by label, uuid or path`() {
        #expect(StorageSource("LABEL=pvroot") == .label("pvroot"))
        #expect(
            StorageSource("UUID=0A1B2C3D-0000-1111-2222-333344445555") == .uuid("0a1b2c3d-0000-1111-2222-333344445555"))
        #expect(StorageSource("/dev/mmcblk0p2") == .path("/dev/mmcblk0p2"))
        for bad in ["", "LABEL=", "LABEL=12345678901234567", "UUID=1", "/dev/../etc", "vda", "/etc/passwd"] {
            #expect(StorageSource(bad) == nil)
        }
    }

    @Test func `a sysctl is found whatever underscores its name has`() throws {
        let directories: Set<String> = ["/proc/sys", "/proc/sys/kernel", "/proc/sys/net", "/proc/sys/net/ipv4"]
        let files: Set<String> = ["/proc/sys/kernel/core_pattern", "/proc/sys/net/ipv4/ip_forward"]
        func path(_ key: String) throws -> String? {
            try #require(Sysctl(key: key, value: "1")).path(
                isDirectory: directories.contains, exists: { directories.contains($0) || files.contains($0) })
        }
        #expect(try path("PV_SYSCTL_KERNEL_CORE_PATTERN") == "/proc/sys/kernel/core_pattern")
        #expect(try path("PV_SYSCTL_NET_IPV4_IP_FORWARD") == "/proc/sys/net/ipv4/ip_forward")
        #expect(try path("PV_SYSCTL_NET_IPV4_OTHER") == nil)
        #expect(Sysctl(key: "PV_SYSCTL_KERNEL", value: "1") == nil)
        #expect(Sysctl(key: "PV_SYSCTL_KERNEL_../X", value: "1") == nil)
        #expect(Sysctl(key: "PV_SYSCTL__X", value: "1") == nil)
    }
}
