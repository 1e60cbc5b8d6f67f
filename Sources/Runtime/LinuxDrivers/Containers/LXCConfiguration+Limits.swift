import Drivers

extension LXCConfiguration {
    /// A limit as this system wants it, or nil when it has no such control.
    ///
    /// liblxc refuses a whole container for a limit of a controller that is missing, and ignores those of the other
    /// control group version. The common ones are translated.
    func limit(_ line: Line) -> Line? {
        let isUnified = surroundings.controlGroups.version == .unified
        let isForUnified = line.key.hasPrefix("lxc.cgroup2.")
        var item = String(line.key.dropFirst(isForUnified ? "lxc.cgroup2.".count : "lxc.cgroup.".count))
        if isForUnified != isUnified {
            let pair = LXCConfiguration.translations.first { (isForUnified ? $0.unified : $0.legacy) == item }
            guard let pair else { return nil }
            item = isUnified ? pair.unified : pair.legacy
        }
        let controller = String(item.prefix { $0 != "." })
        guard surroundings.controlGroups.controllers.contains(controller) else { return nil }
        // The two versions spell "no limit" differently.
        let isUnlimitedMemory = isForUnified && !isUnified && line.value == "max" && controller == "memory"
        return Line((isUnified ? "lxc.cgroup2." : "lxc.cgroup.") + item, isUnlimitedMemory ? "-1" : line.value)
    }

    private static let translations: [(legacy: String, unified: String)] = [
        ("memory.limit_in_bytes", "memory.max"),
        ("memory.soft_limit_in_bytes", "memory.low"),
        ("pids.max", "pids.max"),
        ("cpuset.cpus", "cpuset.cpus"),
        ("cpuset.mems", "cpuset.mems"),
        ("devices.allow", "devices.allow"),
        ("devices.deny", "devices.deny"),
    ]

    func isDeviceRule(_ line: Line) -> Bool {
        line.key.hasPrefix("lxc.cgroup.devices.") || line.key.hasPrefix("lxc.cgroup2.devices.")
    }

    /// Version 2 filters devices with BPF programs, which device kernels often lack: all are allowed there, as upstream
    /// does.
    var deviceLines: [Line] {
        surroundings.controlGroups.version == .unified ? [Line("lxc.cgroup2.devices.allow", "a")] : []
    }
}
