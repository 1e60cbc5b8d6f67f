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
        let configuration = LXCConfiguration(launch, layout: layout, surroundings: surroundings)
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

    private var surroundings: LXCConfiguration.Surroundings {
        let socket = "\(layout.run)/pv-ctrl-log"
        return LXCConfiguration.Surroundings(
            controlGroups: groups.controlGroups, instance: groups.instance, rootMount: "\(layout.run)/rootfs",
            helper: helper, logSocket: Files.isSocket(socket) ? socket : nil,
            modulesAndFirmware: [layout.firmware, layout.kernelModules].filter(Files.isDirectory))
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
        try Files.removeTree(ContainerRecords(name, layout: layout).directory)
    }
}

/// The directory that containers without the mgmt role see as `/pantavisor`.
package enum NobodyDirectory {
    private static let sockets = ["pv-ctrl", "pv-ctrl-log"]

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
