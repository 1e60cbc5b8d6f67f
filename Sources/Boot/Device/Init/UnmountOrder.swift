import LinuxDrivers

/// What to unmount before a machine ends.
enum UnmountOrder {
    /// Filesystems that hold nothing and that the last steps need.
    private static let kernels: Set<String> = [
        "rootfs", "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "securityfs",
    ]
    private static let needed: Set<String> = [
        "/", "/proc", "/sys", "/dev", "/dev/pts", "/dev/shm", "/run", "/sys/fs/cgroup",
    ]

    /// Mount points, the last mounted first; one that is mounted over itself appears as often.
    static func points(of table: [MountTable.Entry]) -> [String] {
        table.reversed()
            .filter { !needed.contains($0.mountPoint) && !kernels.contains($0.filesystem) }
            .map(\.mountPoint)
    }

    /// A mount point of each filesystem that lies on a device and is still there: at least nothing is to be written to
    /// it any more.
    static func stubborn(in table: [MountTable.Entry]) -> [String] {
        var devices: Set<String> = []
        return table.reversed()
            .filter { $0.source.hasPrefix("/dev/") && devices.insert($0.device).inserted }
            .map(\.mountPoint)
    }
}
