import CShims
import Glibc
import LinuxDrivers

/// The filesystems that everything else needs.
struct EarlyMount {
    let filesystem: String
    let target: String
    var flags = MS_NOSUID | MS_NODEV | MS_NOEXEC
    var options: String?

    /// In this order.
    static let all = [
        EarlyMount(filesystem: "proc", target: "/proc"),
        EarlyMount(filesystem: "sysfs", target: "/sys"),
        EarlyMount(filesystem: "devtmpfs", target: "/dev", flags: MS_NOSUID, options: "mode=0755"),
        EarlyMount(
            filesystem: "devpts", target: "/dev/pts", flags: MS_NOSUID | MS_NOEXEC,
            options: "newinstance,ptmxmode=0666,mode=0620,gid=5"),
        EarlyMount(filesystem: "tmpfs", target: "/dev/shm", flags: MS_NOSUID | MS_NODEV, options: "mode=1777"),
        EarlyMount(filesystem: "tmpfs", target: "/run", flags: MS_NOSUID | MS_NODEV, options: "mode=0755"),
    ]

    static let security = EarlyMount(filesystem: "securityfs", target: "/sys/kernel/security")

    /// - Returns: what went wrong.
    func mount() -> String? {
        mkdir(target, 0o755)
        if Glibc.mount(filesystem, target, filesystem, UInt(flags), options) == 0 { return nil }
        // A kernel may mount some of them itself.
        if errno == EBUSY { return nil }
        return "\(filesystem) on \(target): \(String(cString: strerror(errno)))"
    }
}

/// Standard descriptors that are open, whatever the kernel found: others must not get their numbers.
func openStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
        var opened = open("/dev/console", O_RDWR | O_NOCTTY)
        if opened < 0 { opened = open("/dev/null", O_RDWR) }
        guard opened >= 0, opened != descriptor else { continue }
        dup2(opened, descriptor)
        close(opened)
    }
}

/// Names that programs expect below /dev and that devtmpfs does not have.
func linkDescriptorNames() {
    for (name, target) in [("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")] {
        symlink(target, "/dev/\(name)")
    }
    // /dev/ptmx of devtmpfs leads to the instance of devpts beside it; programs of old times cannot open it otherwise.
    chmod("/dev/ptmx", 0o666)
}
