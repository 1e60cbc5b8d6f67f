package import Drivers
import Glibc
import Logging

extension LXCContainers {
    /// Writes the configuration, and makes everything it refers to.
    func prepare(_ launch: ContainerLaunch, _ records: ContainerRecords) throws(DriverError) {
        var launch = launch
        let path = "\(launch.directory)/\(launch.configFile)"
        guard let own = try Files.read(path) else {
            throw DriverError("StartContainer", launch.name, "its configuration \(path) is missing")
        }
        if let source = launch.configOverlay {
            let copy = "\(layout.configOverlays)/\(launch.name)"
            try Files.removeTree(copy)
            try Files.copyTree(source, to: copy)
            launch.configOverlay = copy
        }
        let hasLogServer = try LogSockets.provide(for: launch.name, layout)
        let configuration = LXCConfiguration(
            launch, layout: layout, surroundings: surroundings(hasLogServer: hasLogServer))
        for directory in configuration.directories { try Files.makeDirectories(directory) }
        try NobodyDirectory.refresh(layout)
        let composition = configuration.compose(String(decoding: own, as: UTF8.self))
        for line in composition.dropped {
            logger.warning(
                "limit not supported here", metadata: ["container": "\(launch.name)", "line": "\(line)"])
        }
        try Files.makeDirectories(records.directory)
        try Files.replace(records.configuration, with: composition.text)
    }

    private func surroundings(hasLogServer: Bool) -> LXCConfiguration.Surroundings {
        LXCConfiguration.Surroundings(
            controlGroups: groups.controlGroups, instance: groups.instance, rootMount: "\(layout.run)/rootfs",
            helper: helper, hasLogServer: hasLogServer, consoleLimit: options.consoleLimit,
            mountHooks: options.hooks.map { mountHooks(in: $0) } ?? [],
            modulesAndFirmware: [layout.firmware, layout.kernelModules].filter(Files.isDirectory))
    }

    /// Every program there, in order; its name goes through a shell, so it must be a plain one.
    private func mountHooks(in directory: String) -> [String] {
        Files.names(in: directory).compactMap { name in
            let path = "\(directory)/\(name)"
            // Exports are this driver's own work (`export`).
            guard name != "export.sh", !name.hasPrefix("."), access(path, X_OK) == 0, !Files.isDirectory(path) else {
                return nil
            }
            let isPlain = path.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "/._-+@".utf8.contains(byte)
            }
            if !isPlain { logger.warning("a hook with an odd name is left out", metadata: ["path": "\(path)"]) }
            return isPlain ? path : nil
        }
    }

    /// Runs the helper to its end; its exit code, or its signal negated.
    func runHelper(_ arguments: [String], in directory: String) async throws(DriverError) -> Int {
        let request = Spawn.Request(
            executable: helper, arguments: arguments, workingDirectory: directory, descriptors: [nil, nil, nil])
        let child = try Spawn.start(request)
        await withCheckedContinuation { continuation in
            reactor.once(child.process) { continuation.resume() }
        }
        return Spawn.reap(child) ?? -1
    }

    /// Kills, unmounts and removes whatever is left of a container that does not run.
    func removeLeftovers(of name: String) throws(DriverError) {
        try groups.remove(name)
        unmountExports(of: name)
        try Files.removeTree("\(layout.configOverlays)/\(name)")
        try Files.removeTree(layout.logSockets(of: name))
        try Files.removeTree(ContainerRecords(name, layout: layout).directory)
    }
}

/// The directory that containers without the mgmt role see as `/pantavisor`.
package enum NobodyDirectory {
    private static let sockets = ["pv-ctrl"]

    /// Makes it hold the sockets that exist now.
    ///
    /// To be called whenever a socket was made anew: running containers have the directory mounted, so they find the
    /// new one.
    package static func refresh(_ layout: Layout) throws(DriverError) {
        try Files.makeDirectories(layout.nobody)
        for socket in sockets {
            let source = "\(layout.run)/\(socket)"
            let target = "\(layout.nobody)/\(socket)"
            if !Files.isSocket(source) {
                try Files.removeTree(target)
                continue
            }
            guard !isSame(source, target) else { continue }
            // A hard link of a socket is the same socket. Several starts may do this at once, each with its own name.
            let temporary = "\(target).\(pthread_self()).new"
            _ = unlink(temporary)
            guard link(source, temporary) == 0, rename(temporary, target) == 0 else {
                throw .ofSystem("LinkSocket", target)
            }
            // When both already name the same socket, rename leaves both.
            _ = unlink(temporary)
        }
    }

    private static func isSame(_ one: String, _ other: String) -> Bool {
        var first = stat()
        var second = stat()
        return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_ino == second.st_ino
            && first.st_dev == second.st_dev
    }
}
