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
        if surroundings.hasLogServer {
            entries.append(bind(layout.logSockets(of: launch.name), "pantavisor/log-sockets"))
            // The sockets of others lie below it.
            if isPrivileged { entries.append("tmpfs pantavisor/log-server tmpfs ro,nosuid,nodev,noexec,size=4k 0 0") }
        }
        return entries.map { Line("lxc.mount.entry", $0) }
    }

    private func bind(_ source: String, _ target: String) -> String {
        "\(source) \(target) none bind,ro,create=dir 0 0"
    }

    /// Directories that must exist before the start, for the mounts above.
    var directories: [String] {
        let inside = ["logs", "user-meta", "device-meta"]
        var directories = [surroundings.rootMount, "\(launch.logs)/lxc", layout.logs, layout.hostLogSockets]
        directories.append("\(layout.nobody)/log-sockets")
        return directories + inside.map { "\(layout.run)/\($0)" } + inside.map { "\(layout.nobody)/\($0)" }
            + ["user-meta", "device-meta"].map { "\(layout.run)/\($0).\(launch.name)" }
    }
}

extension Layout {
    /// What a container without the mgmt role sees as `/pantavisor`: the sockets it may use, and nothing else.
    package var nobody: String { "\(run)/nobody" }
}
