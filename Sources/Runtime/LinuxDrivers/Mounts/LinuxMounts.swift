package import Drivers
import Glibc

/// Mounts with mount(2), images through loop devices that free themselves.
package struct LinuxMounts: MountDriver {
    private let threads: Threads

    package init(threads: Threads) {
        self.threads = threads
    }

    package func observe(_ target: String) async throws(DriverError) -> MountObservation? {
        try await threads.run { () throws(DriverError) in try LinuxMounts.observation(target) }
    }

    package func mount(_ request: MountRequest, at target: String) async throws(DriverError) -> MountObservation {
        try await threads.run { () throws(DriverError) in
            if let observation = try LinuxMounts.observation(target) { return observation }
            try Files.makeDirectories(target)
            try perform(request, Files.realPath(target))
            guard let observation = try LinuxMounts.observation(target) else {
                throw DriverError("Mount", target, "nothing is mounted there though the kernel agreed")
            }
            return observation
        }
    }

    package func unmount(_ target: String) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            let path = Files.realPath(target)
            for entry in try MountTable.read().reversed() where entry.mountPoint == path {
                try LinuxMounts.unmountLayer(path, entry)
            }
            // Only ours to remove when it is empty.
            _ = rmdir(target)
        }
    }

    package func list(under directory: String) async throws(DriverError) -> [String] {
        try await threads.run { () throws(DriverError) in
            let path = Files.realPath(directory)
            let points = Set(try MountTable.read().map(\.mountPoint)).filter { $0 == path || $0.hasPrefix(path + "/") }
            return points.sorted { left, right in
                let (leftDepth, rightDepth) = (left.split(separator: "/").count, right.split(separator: "/").count)
                return leftDepth == rightDepth ? left < right : leftDepth > rightDepth
            }
        }
    }

    /// The topmost layer at a directory.
    static func observation(_ target: String) throws(DriverError) -> MountObservation? {
        let path = Files.realPath(target)
        let table = try MountTable.read()
        guard let entry = table.last(where: { $0.mountPoint == path }) else { return nil }
        if entry.source.hasPrefix("/dev/loop"), let file = LoopDevice.backingFile(entry.source) {
            return MountObservation(source: file, filesystem: entry.filesystem, loopDevice: entry.source)
        }
        let isBind = entry.root != "/"
        return MountObservation(
            source: isBind ? boundDirectory(entry, table) : entry.source, filesystem: entry.filesystem)
    }

    /// Where the directory that a bind shows lies: its filesystem is mounted somewhere else, too.
    private static func boundDirectory(_ bind: MountTable.Entry, _ table: [MountTable.Entry]) -> String {
        for entry in table where entry.device == bind.device && entry.id != bind.id {
            if entry.root == "/" { return (entry.mountPoint == "/" ? "" : entry.mountPoint) + bind.root }
            guard bind.root == entry.root || bind.root.hasPrefix(entry.root + "/") else { continue }
            return entry.mountPoint + bind.root.dropFirst(entry.root.count)
        }
        return bind.root
    }

    private static func unmountLayer(_ path: String, _ entry: MountTable.Entry) throws(DriverError) {
        for attempt in 0..<20 {
            if umount2(path, withoutFollowing) == 0 { return }
            if errno == EINVAL { return }
            guard errno == EBUSY else { throw .ofSystem("Unmount", path) }
            // Processes that were killed a moment ago still hold it.
            pauseThread(milliseconds: Int32(attempt + 1))
        }
        errno = EBUSY
        throw .ofSystem("Unmount", path, "somebody still uses it")
    }

    private func perform(_ request: MountRequest, _ target: String) throws(DriverError) {
        switch request {
        case .image(let file, let filesystem):
            try LoopDevice.mount(file, filesystem, at: target)
        case .bind(let source, let isReadOnly):
            try Files.makeDirectories(source)
            try LinuxMounts.call(source, target, nil, UInt(MS_BIND | MS_REC), nil)
            guard isReadOnly else { return }
            do throws(DriverError) {
                try LinuxMounts.call(nil, target, nil, UInt(MS_REMOUNT | MS_BIND | MS_RDONLY), nil)
            } catch {
                umount2(target, Int32(MNT_DETACH))
                throw error
            }
        case .memory(let maximum):
            let options = maximum.map { "mode=0755,size=\($0)" } ?? "mode=0755"
            try LinuxMounts.call("tmpfs", target, "tmpfs", 0, options)
        case .overlay(let lower, let upper, let work):
            var options = "lowerdir=\(lower.map(LinuxMounts.escaped).joined(separator: ":"))"
            if let upper, let work {
                for directory in [upper, work] { try Files.makeDirectories(directory) }
                options += ",upperdir=\(LinuxMounts.escaped(upper)),workdir=\(LinuxMounts.escaped(work))"
            }
            try LinuxMounts.call("overlay", target, "overlay", 0, options)
        }
    }

    /// A colon separates layers, a comma options.
    private static func escaped(_ path: String) -> String {
        path.reduce(into: "") { text, character in
            if ":,\\".contains(character) { text.append("\\") }
            text.append(character)
        }
    }

    static func call(
        _ source: String?, _ target: String, _ filesystem: String?, _ flags: UInt, _ options: String?
    ) throws(DriverError) {
        guard Glibc.mount(source, target, filesystem, flags, options) == 0 else {
            throw .ofSystem("Mount", target, "\(filesystem ?? "bind") from \(source ?? target)")
        }
    }
}

/// Not in the imported headers: do not follow a link at the target.
private let withoutFollowing: Int32 = 8
