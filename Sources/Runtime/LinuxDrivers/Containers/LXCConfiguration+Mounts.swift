package import Drivers
import Model

extension LXCConfiguration {
    /// What Pantavisor shows a container under `/pantavisor`, by its role, and the rest of the host's files it gets.
    var mountLines: [Line] {
        let isPrivileged = launch.roles.contains(.mgmt)
        var entries: [String] = []
        // Directories, not sockets: a socket that is made again by the next runtime must show up here too.
        entries.append(bind(isPrivileged ? layout.run : layout.nobody, "pantavisor"))
        entries.append(bind(isPrivileged ? layout.logs : launch.logs, "pantavisor/logs"))
        for metadata in ["user-meta", "device-meta"] {
            let source = isPrivileged ? metadata : "\(metadata).\(launch.name)"
            entries.append(bind("\(layout.run)/\(source)", "pantavisor/\(metadata)"))
        }
        if launch.mountsModulesAndFirmware {
            entries += surroundings.modulesAndFirmware.map { bind($0, String($0.drop { $0 == "/" })) }
        }
        if launch.hasDevLog, let socket = surroundings.logSocket {
            entries.append("\(socket) dev/log none bind,create=file 0 0")
        }
        return entries.map { Line("lxc.mount.entry", $0) }
    }

    private func bind(_ source: String, _ target: String) -> String {
        "\(source) \(target) none bind,ro,create=dir 0 0"
    }

    /// Directories that must exist before the start, for the mounts above.
    var directories: [String] {
        let inside = ["logs", "user-meta", "device-meta"]
        return [surroundings.rootMount, "\(launch.logs)/lxc", layout.logs]
            + inside.map { "\(layout.run)/\($0)" } + inside.map { "\(layout.nobody)/\($0)" }
            + ["user-meta", "device-meta"].map { "\(layout.run)/\($0).\(launch.name)" }
    }
}

extension Layout {
    /// What a container without the mgmt role sees as `/pantavisor`: the sockets it may use, and nothing else.
    package var nobody: String { "\(run)/nobody" }
}
