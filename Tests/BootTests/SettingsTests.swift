import APIServer
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

    @Test func `the environment counts more than the command line, and that more than the file`() {
        let composed = ComposedSettings(
            file: ("PV_WDT_MODE=startup\nPV_WDT_TIMEOUT=30\nPV_STORAGE_DEVICE=/dev/vda\n", "f"),
            commandLine: KernelCommandLine("pv_wdt_mode=always pv_wdt_timeout=1min"),
            environment: ["PV_WDT_MODE": "disabled", "HOME": "/", "pv_wdt_mode": "always"])
        #expect(composed.problems == [])
        #expect(composed.settings.machine.watchdog == .disabled)
        #expect(composed.settings.machine.watchdogTimeout == .seconds(60))
        #expect(composed.settings.machine.storageDevice == .path("/dev/vda"))
    }

    @Test func `what cannot be used is left out, and said`() {
        let composed = ComposedSettings(
            file: ("PV_WDT_MODE=sometimes\nnonsense\nPV_UNKNOWN=1\nPV_STORAGE_DEVICE=sda", "f"),
            commandLine: KernelCommandLine("pv_storage_wait=soon"), environment: [:])
        #expect(composed.settings.machine.watchdog == .shutdown)
        #expect(
            composed.problems.map(\.description) == [
                "f:1: PV_WDT_MODE: \"sometimes\" is not one of disabled, shutdown, startup, always",
                "f:2: no \"=\" in \"nonsense\"; write KEY=value",
                "f:4: PV_STORAGE_DEVICE: \"sda\" is not LABEL=<label>, UUID=<uuid>, or the path of a device below /dev",
                "kernel command line: PV_STORAGE_WAIT: \"soon\" is not a time: 30, 30s, 10min, 1h, 1d",
            ])
    }

    @Test func `the runtime gets every value it takes, in one way`() throws {
        let composed = ComposedSettings(
            file: ("PV_STORAGE_MNTPOINT=/data\nPV_WDT_MODE=always\nPV_LOG_LEVEL=9\n", "f"),
            commandLine: KernelCommandLine("pv_rev=locals/one"), environment: [:])
        #expect(
            composed.runtimeArguments == [
                "--config", "/dev/null", "--storage=/data", "--volumes=/volumes", "--exports=/exports",
                "--revision=locals/one", "--bootloader=uboot",
            ])
        var runtime = RuntimeSettings()
        try runtime.apply(arguments: Array(composed.runtimeArguments.dropFirst(2)))
        #expect(runtime.layout == composed.settings.layout)
        #expect(runtime.revision == "locals/one")
    }

    @Test func `TLS is off without a port, and served only with all its files`() throws {
        var settings = RuntimeSettings()
        try settings.apply(arguments: ["--https-cert=/c", "--https-ca=/a", "--https-subjects=alice,bob"])
        #expect(try settings.https.listener() == nil)
        try settings.apply(arguments: ["--https-port=8443"])
        let missing = #expect(throws: SettingError.self) { try settings.https.listener() }
        #expect(missing?.description == "--https-key: is needed with --https-port")
        try settings.apply(arguments: ["--https-key=/k", "--https-address=127.0.0.1"])
        let files = TLSFiles(certificate: "/c", key: "/k", authorities: "/a")
        #expect(
            try settings.https.listener()
                == PeerListener(address: "127.0.0.1", port: 8443, files: files, managers: ["alice", "bob"]))
        #expect(throws: SettingError.self) { try settings.apply(arguments: ["--https-port=https"]) }
        #expect(throws: SettingError.self) { try settings.apply(arguments: ["--https-cert=c"]) }
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
