import Drivers
import Foundation
import Logging
import Model
import Testing

@testable import LinuxDrivers

/// A Pantavisor of its own in a temporary directory.
final class Sandbox: Sendable {
    /// Whether this machine lets us run containers at all.
    static let canRun =
        geteuid() == 0
        && ["/usr/bin/mksquashfs", "/usr/bin/busybox"].allSatisfy(FileManager.default.isExecutableFile)
    static let skipped: Comment = "needs root, squashfs-tools and busybox-static"

    let directory: String
    let layout: Layout

    init() throws {
        directory = "/tmp/pv-test-\(UUID().uuidString.prefix(8))"
        layout = Layout(
            storage: "\(directory)/storage", run: "\(directory)/run", volumes: "\(directory)/volumes",
            exports: "\(directory)/exports")
        for path in [layout.storage, layout.run, layout.volumes] { try make(path) }
    }

    func make(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func remove() throws {
        try FileManager.default.removeItem(atPath: directory)
    }

    /// What a runtime of its own would have: nothing is shared with an earlier one.
    func containers(_ options: LXCContainers.Options = LXCContainers.Options()) throws -> LXCContainers {
        try LXCContainers(
            layout: layout, helper: Sandbox.helper, options: options, reactor: Reactor(), threads: Threads(),
            logger: Logger(label: "test"))
    }

    static let helper =
        ProcessInfo.processInfo.environment["PV_LXC_START"]
        ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("pv-lxc-start").path

    /// A container whose init is a shell script.
    func launch(
        _ name: String, _ script: String, roles: [Role] = [.mgmt], configuration: String = "",
        initCommand: String? = nil
    ) throws -> ContainerLaunch {
        let trail = "\(layout.trails)/0/\(name)"
        let root = "\(directory)/root"
        try make(trail)
        try makeRoot(root)
        try Data(("#!/bin/sh\n" + script).utf8).write(to: URL(fileURLWithPath: "\(trail)/init.sh"))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(trail)/init.sh")
        let text = """
            lxc.rootfs.path = overlayfs:\(root):/volumes/\(name)/lxc-overlay/upper
            lxc.init.cmd = \(initCommand ?? "/init.sh")
            lxc.mount.auto = proc:mixed sys:ro
            lxc.mount.entry = \(trail)/init.sh init.sh none bind,ro,create=file 0 0
            lxc.namespace.keep = user net ipc
            \(configuration)

            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(trail)/lxc.container.conf"))
        try make("\(layout.volumes)/\(name)/lxc-overlay/upper")
        return ContainerLaunch(
            name: name, group: "app", revision: "0", directory: trail, configFile: "lxc.container.conf", hostname: nil,
            roles: roles, configOverlay: nil, exports: [], hasDevLog: false, mountsModulesAndFirmware: false,
            logs: layout.logs(of: name, in: "0"))
    }

    private func makeRoot(_ root: String) throws {
        guard !FileManager.default.fileExists(atPath: "\(root)/bin/sh") else { return }
        for directory in ["bin", "proc", "sys", "dev", "tmp"] { try make("\(root)/\(directory)") }
        try FileManager.default.copyItem(atPath: "/usr/bin/busybox", toPath: "\(root)/bin/busybox")
        for tool in ["sh", "sleep", "cat", "echo", "true", "hostname", "kill", "reboot"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(root)/bin/\(tool)", withDestinationPath: "busybox")
        }
    }
}

/// What a sandbox has of the kernel's.
///
/// Other tests, and other Pantavisors, may run at the same time: only its own counts.
struct Leaks: Equatable {
    var groups: [String] = []
    var mounts: [String] = []
    var loops: [String] = []

    static func now(_ sandbox: Sandbox) throws -> Leaks {
        let instance = InstanceName(sandbox.layout).text
        let groups = try ControlGroups.discover().directories(of: instance).filter(Files.exists)
        let mounts = try MountTable.read().map(\.mountPoint).filter { $0.hasPrefix(sandbox.directory + "/") }
        let loops = Files.names(in: "/sys/block").filter { device in
            LoopDevice.backingFile("/dev/\(device)")?.hasPrefix(sandbox.directory + "/") ?? false
        }
        return Leaks(groups: groups, mounts: mounts, loops: loops)
    }
}
