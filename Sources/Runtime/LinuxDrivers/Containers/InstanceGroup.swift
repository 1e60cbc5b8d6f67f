import Drivers
import Glibc
import Synchronization

/// The control group above those of all containers of this instance, in every hierarchy.
///
/// Several helpers make groups below it at once. So it must not be removed as empty between one helper's look at it and
/// its next step, and in a version 1 `cpuset` hierarchy it must have its processors before the first group is made in
/// it, or the kernel refuses that group's.
final class InstanceGroup: Sendable {
    private let instance: InstanceName
    private let controlGroups: ControlGroups
    /// How many containers are being started.
    private let starting = Mutex(0)

    init(instance: InstanceName, controlGroups: ControlGroups) {
        self.instance = instance
        self.controlGroups = controlGroups
    }

    /// To be called before a start makes groups.
    func beginStart() {
        starting.withLock { count in
            count += 1
            if let cpusets = controlGroups.hierarchies.first(where: { $0.name.split(separator: ",").contains("cpuset") }
            ) {
                for directory in controlGroups.directories(of: instance.text)
                where directory.hasPrefix("\(cpusets.mountPoint)/") {
                    prepareCpuset(directory)
                }
            }
        }
    }

    /// To be called when the start has worked, or has failed and its groups are gone.
    func endStart() {
        starting.withLock { count in
            count -= 1
            if count == 0 { remove() }
        }
    }

    /// Removes it in every hierarchy where nothing is below it, unless a container is being started.
    func removeIfUnused() {
        starting.withLock { count in
            if count == 0 { remove() }
        }
    }

    private func remove() {
        // Fails while a container has groups there, and shall.
        for directory in controlGroups.directories(of: instance.text) { _ = rmdir(directory) }
    }

    private func prepareCpuset(_ directory: String) {
        let parent = Files.parentDirectory(directory)
        guard Files.isDirectory(parent), mkdir(directory, 0o755) == 0 || errno == EEXIST else { return }
        for file in ["cpuset.cpus", "cpuset.mems"] {
            let isEmpty = Files.text("\(directory)/\(file)")?.allSatisfy(\.isWhitespace) ?? false
            guard isEmpty, let all = Files.text("\(parent)/\(file)") else { continue }
            // What the kernel refuses here it also refuses liblxc, whose log then says so.
            _ = Files.poke("\(directory)/\(file)", all)
        }
    }
}
