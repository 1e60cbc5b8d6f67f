import Drivers
import Glibc
import Model

/// The control groups of this instance's containers.
struct ContainerGroups: Sendable {
    let instance: InstanceName
    let controlGroups: ControlGroups
    let above: InstanceGroup

    init(instance: InstanceName, controlGroups: ControlGroups) {
        self.instance = instance
        self.controlGroups = controlGroups
        above = InstanceGroup(instance: instance, controlGroups: controlGroups)
    }

    /// Containers that have, or left, a group.
    func names() -> [String] {
        controlGroups.directories(of: instance.text).flatMap { directory in
            Files.names(in: directory).filter { Files.isDirectory("\(directory)/\($0)") }
        }
    }

    /// Kills every process below the payload's groups.
    func killPayload(of name: String) {
        for directory in controlGroups.directories(of: instance.payload(name)) { killAll(below: directory) }
    }

    /// Kills what is left of a container and removes its groups.
    func remove(_ name: String) throws(DriverError) {
        let directories = controlGroups.directories(of: instance.container(name)).filter(Files.exists)
        for attempt in 0..<500 {
            for directory in directories { killAll(below: directory) }
            if directories.allSatisfy(removeDirectories) { return above.removeIfUnused() }
            // A killed process needs a moment to leave its group.
            pauseThread(milliseconds: attempt < 20 ? 1 : 10)
        }
        let rest = directories.filter(Files.exists).joined(separator: ", ")
        throw DriverError("RemoveControlGroup", name, errno: EBUSY, "its processes do not die: \(rest)")
    }

    /// Removes the groups of a container that has ended by itself, as far as they are empty.
    func removeEmpty(of name: String) {
        for directory in controlGroups.directories(of: instance.container(name)) { _ = removeDirectories(directory) }
        above.removeIfUnused()
    }

    private func killAll(below directory: String) {
        if Files.poke("\(directory)/cgroup.kill", "1") { return }
        for name in Files.names(in: directory) where Files.isDirectory("\(directory)/\(name)") {
            killAll(below: "\(directory)/\(name)")
        }
        for pid in (Files.text("\(directory)/cgroup.procs") ?? "").split(separator: "\n").compactMap({ pid_t($0) }) {
            // 0 is a process of another process namespace.
            if pid > 1, pid != getpid() { kill(pid, SIGKILL) }
        }
    }

    /// Whether a directory is gone, with all below it.
    private func removeDirectories(_ directory: String) -> Bool {
        if rmdir(directory) == 0 || errno == ENOENT { return true }
        for name in Files.names(in: directory) where Files.isDirectory("\(directory)/\(name)") {
            _ = removeDirectories("\(directory)/\(name)")
        }
        return rmdir(directory) == 0 || errno == ENOENT
    }
}

extension ContainerGroups {
    /// Freezes or thaws; returns when every process has followed.
    func setFrozen(_ isFrozen: Bool, _ name: String, _ process: ProcessIdentity) throws(DriverError) {
        let paths = ControlGroups.paths(of: process.pid)
        let legacy = controlGroups.hierarchies.first { $0.name.split(separator: ",").contains("freezer") }
        let unified = controlGroups.hierarchies.first { $0.name.isEmpty }
        if let legacy, let path = paths[legacy.name] {
            try setState(isFrozen ? "FROZEN" : "THAWED", name, "\(legacy.mountPoint)\(path)/freezer.state")
        } else if let unified, let path = paths[""] {
            let directory = "\(unified.mountPoint)\(path)"
            guard Files.poke("\(directory)/cgroup.freeze", isFrozen ? "1" : "0") else {
                throw .ofSystem("FreezeContainer", name, "\(directory)/cgroup.freeze")
            }
            let wanted = isFrozen ? "frozen 1" : "frozen 0"
            try wait(name) { Files.text("\(directory)/cgroup.events")?.holds(wanted) ?? false }
        } else {
            throw DriverError("FreezeContainer", name, "this kernel has no freezer")
        }
    }

    private func setState(_ wanted: String, _ name: String, _ file: String) throws(DriverError) {
        try wait(name) {
            // Version 1 may need to be asked again while processes are forking.
            guard Files.poke(file, wanted) else { return false }
            return Files.text(file)?.hasPrefix(wanted) ?? false
        }
    }

    private func wait(_ name: String, _ isDone: () -> Bool) throws(DriverError) {
        for _ in 0..<1000 {
            if isDone() { return }
            pauseThread(milliseconds: 5)
        }
        throw DriverError("FreezeContainer", name, errno: ETIMEDOUT, "its processes did not all follow in 5 s")
    }
}

/// Blocks a driver's own thread for a moment: the kernel has no event for what is waited for.
func pauseThread(milliseconds: Int32) {
    poll(nil, 0, milliseconds)
}
