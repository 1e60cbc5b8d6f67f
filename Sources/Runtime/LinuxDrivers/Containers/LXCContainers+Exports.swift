import Drivers
import Glibc
import Logging

extension LXCContainers {
    /// Shows the container's exported directories under `/exports/<name>/`, as far as they are not there yet.
    func export(_ launch: ContainerLaunch) async throws(DriverError) {
        guard !launch.exports.isEmpty else { return }
        let mounted = Set(try MountTable.read().map(\.mountPoint))
        var pairs: [String] = []
        for path in launch.exports {
            let parts = path.split(separator: "/")
            guard !parts.isEmpty, !parts.contains("..") else {
                throw DriverError("ExportDirectory", launch.name, "\(path) is not an absolute path in the container")
            }
            let inside = parts.joined(separator: "/")
            let target = "\(layout.exports)/\(launch.name)/\(inside)"
            try Files.makeDirectories(target)
            if !mounted.contains(Files.realPath(target)) { pairs += ["/\(inside)", target] }
        }
        guard !pairs.isEmpty else { return }
        let code = try await runHelper(["export", layout.lxc, launch.name] + pairs, in: "/")
        let isRunning = ContainerRecords(launch.name, layout: layout).initProcess?.isAlive ?? false
        // One that has ended in between has nothing to export, and its end is reported.
        guard code == 0 || !isRunning else {
            throw DriverError(
                "ExportDirectory", launch.name, "\(launch.exports.joined(separator: ", ")) cannot be bound")
        }
    }

    /// Takes them away, with the directories that were made for them.
    func unmountExports(of name: String) {
        let directory = Files.realPath("\(layout.exports)/\(name)")
        guard Files.isDirectory(directory) else { return }
        do throws(DriverError) {
            for entry in try MountTable.read().reversed() where entry.mountPoint.hasPrefix(directory + "/") {
                // Lazily: a process of the host inside must not keep the container's root busy for ever.
                umount2(entry.mountPoint, Int32(MNT_DETACH))
            }
        } catch {
            logger.error("cannot unmount exports", metadata: ["container": "\(name)", "error": "\(error)"])
        }
        removeEmptyDirectories(directory)
        _ = rmdir(layout.exports)
    }

    private func removeEmptyDirectories(_ directory: String) {
        for name in Files.names(in: directory) { removeEmptyDirectories("\(directory)/\(name)") }
        // Fails where something else lies, and shall.
        _ = rmdir(directory)
    }
}
