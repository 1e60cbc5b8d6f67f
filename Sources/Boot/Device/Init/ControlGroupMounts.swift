import Drivers
import Glibc
import LinuxDrivers

/// Mounts the control groups of a machine of its own.
struct ControlGroupMounts {
    static let root = "/sys/fs/cgroup"

    let wish: MachineSettings.ControlGroups
    let commandLine: KernelCommandLine
    let log: MachineLog

    func mount() {
        mkdir(ControlGroupMounts.root, 0o755)
        let isUnified = mountUnified(at: ControlGroupMounts.root)
        let offered = ControlGroupMounts.names(in: Files.text("\(ControlGroupMounts.root)/cgroup.controllers"))
        if isUnified, !isHybridWanted(offered: offered) { return enable(offered) }
        if isUnified { umount2(ControlGroupMounts.root, 0) }
        mountHybrid()
    }

    /// The kernel asks for version 1 by what it lacks, or by the word that systemd made the usual one.
    private func isHybridWanted(offered: [String]) -> Bool {
        switch wish {
        case .unified: return false
        case .hybrid: return true
        case .auto:
            if commandLine.says("systemd.unified_cgroup_hierarchy=0") { return true }
            let legacy = Self.enabled(in: Files.text("/proc/cgroups") ?? "")
            // Version 2 has no controller for devices; everything else the kernel knows should be there.
            return ["memory", "pids", "cpu"].contains { legacy.contains($0) && !offered.contains($0) }
        }
    }

    private func mountUnified(at target: String) -> Bool {
        let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
        if Glibc.mount("cgroup2", target, "cgroup2", flags, "nsdelegate,memory_recursiveprot") == 0 { return true }
        return Glibc.mount("cgroup2", target, "cgroup2", flags, "nsdelegate") == 0
    }

    /// For everything below: limits of containers need their controllers on the way down.
    private func enable(_ controllers: [String]) {
        for name in controllers where !Files.poke("\(ControlGroupMounts.root)/cgroup.subtree_control", "+\(name)") {
            log.warn("control groups: the kernel does not delegate \(name)")
        }
        log.note("control groups: version 2 with \(controllers.joined(separator: " "))")
    }

    private func mountHybrid() {
        let root = ControlGroupMounts.root
        let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
        guard Glibc.mount("tmpfs", root, "tmpfs", flags, "mode=0755") == 0 else {
            return log.fail("control groups: cannot mount \(root): \(String(cString: strerror(errno)))")
        }
        let named = ["none,name=systemd", "none,name=pantavisor"].map { (String($0.dropFirst(10)), $0) }
        let controllers = Self.enabled(in: Files.text("/proc/cgroups") ?? "")
        for (name, option) in named + controllers.map({ ($0, $0) }) {
            let target = "\(root)/\(name)"
            mkdir(target, 0o755)
            guard Glibc.mount("cgroup", target, "cgroup", flags, option) == 0 else {
                log.warn("control groups: \(name): \(String(cString: strerror(errno)))")
                rmdir(target)
                continue
            }
        }
        mkdir("\(root)/unified", 0o755)
        if !mountUnified(at: "\(root)/unified") { rmdir("\(root)/unified") }
        log.note("control groups: version 1 with \(controllers.joined(separator: " "))")
    }

    /// Controllers that `/proc/cgroups` calls enabled: `name hierarchy groups enabled`.
    static func enabled(in table: String) -> [String] {
        table.split(separator: "\n").compactMap { line in
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard !line.hasPrefix("#"), fields.count >= 4, fields[3] == "1" else { return nil }
            return String(fields[0])
        }
    }

    private static func names(in text: String?) -> [String] {
        (text ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    }
}
