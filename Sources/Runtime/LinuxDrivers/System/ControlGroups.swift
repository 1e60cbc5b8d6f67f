package import Drivers
import Glibc

/// The control group hierarchies of this system.
package struct ControlGroups: Sendable, Hashable {
    package struct Hierarchy: Sendable, Hashable {
        /// As in /proc/<pid>/cgroup: `memory`, `name=systemd`; empty for version 2.
        package var name: String
        package var mountPoint: String
    }

    package var version: Capabilities.ControlGroups
    package var hierarchies: [Hierarchy]
    /// Controllers a limit can be set for: those of version 1, or those version 2 offers.
    package var controllers: Set<String>

    package init(version: Capabilities.ControlGroups, hierarchies: [Hierarchy], controllers: Set<String>) {
        self.version = version
        self.hierarchies = hierarchies
        self.controllers = controllers
    }

    package static func discover() throws(DriverError) -> ControlGroups {
        let mounts = try MountTable.read().filter { $0.filesystem == "cgroup" || $0.filesystem == "cgroup2" }
        var hierarchies: [Hierarchy] = []
        var controllers: Set<String> = []
        for mount in mounts {
            if mount.filesystem == "cgroup2" {
                hierarchies.append(Hierarchy(name: "", mountPoint: mount.mountPoint))
                continue
            }
            let named = mount.options.filter { !ControlGroups.mountFlags.contains($0) }
            controllers.formUnion(named)
            hierarchies.append(Hierarchy(name: named.joined(separator: ","), mountPoint: mount.mountPoint))
        }
        let unified = hierarchies.first { $0.name.isEmpty }
        let hasLegacy = hierarchies.contains { !$0.name.isEmpty }
        if let unified, !hasLegacy {
            let offered = Files.text("\(unified.mountPoint)/cgroup.controllers") ?? ""
            controllers = Set(offered.split(whereSeparator: \.isWhitespace).map(String.init))
        }
        let version: Capabilities.ControlGroups = unified == nil ? .legacy : hasLegacy ? .hybrid : .unified
        return ControlGroups(version: version, hierarchies: hierarchies, controllers: controllers)
    }

    private static let mountFlags: Set<String> = ["rw", "ro", "xattr", "clone_children", "noprefix", "nsdelegate"]

    /// Every directory a path below the hierarchies' roots can lie at: liblxc puts it under init's own group.
    func directories(of path: String) -> [String] {
        let bases = ControlGroups.paths(of: 1)
        return hierarchies.flatMap { hierarchy in
            var base = bases[hierarchy.name] ?? "/"
            if base.hasSuffix("/init.scope") { base.removeLast("/init.scope".count) }
            let roots: Set<String> = ["", base == "/" ? "" : base]
            return roots.sorted().map { "\(hierarchy.mountPoint)\($0)/\(path)" }
        }
    }

    /// A process's group in each hierarchy.
    static func paths(of pid: Int) -> [String: String] {
        parse(Files.text("/proc/\(pid)/cgroup") ?? "")
    }

    /// Lines `<number>:<name>:<path>`.
    static func parse(_ text: String) -> [String: String] {
        var paths: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            if parts.count == 3 { paths[String(parts[1])] = String(parts[2]) }
        }
        return paths
    }
}
