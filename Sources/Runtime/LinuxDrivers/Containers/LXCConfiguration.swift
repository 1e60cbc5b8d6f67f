package import Drivers

/// Composes the complete LXC configuration of a container (`spec/runtime-behaviour.md` §4) for stock liblxc.
///
/// Pure: what depends on the device comes in as `Surroundings`. Two things of upstream's patched liblxc have no
/// counterpart: `container=pv-<group>` in init's environment (stock liblxc always sets `container=lxc`, after the
/// configured environment), and `origin=mkdir` (the driver makes the directories instead).
package struct LXCConfiguration: Sendable {
    /// What the device has that a configuration depends on.
    package struct Surroundings: Sendable, Hashable {
        package var controlGroups: ControlGroups
        /// Marks this instance's control groups.
        package var instance: InstanceName
        /// liblxc mounts root filesystems here, each in a mount namespace of its own.
        package var rootMount: String
        /// The start helper, which is the containers' post-stop hook too.
        package var helper: String
        /// Whether there is a log server to give containers sockets of.
        package var hasLogServer: Bool
        /// How long a console's log may become before liblxc renames it to `<file>.1`; nil = any length.
        package var consoleLimit: Int?
        /// Programs that set up a root filesystem (`hooks_lxc-mount.d`).
        package var mountHooks: [String]
        /// Module and firmware directories that exist, as host paths.
        package var modulesAndFirmware: [String]

        package init(
            controlGroups: ControlGroups, instance: InstanceName, rootMount: String, helper: String,
            hasLogServer: Bool, consoleLimit: Int? = nil, mountHooks: [String] = [], modulesAndFirmware: [String]
        ) {
            self.controlGroups = controlGroups
            self.instance = instance
            self.rootMount = rootMount
            self.helper = helper
            self.hasLogServer = hasLogServer
            self.consoleLimit = consoleLimit
            self.mountHooks = mountHooks
            self.modulesAndFirmware = modulesAndFirmware
        }
    }

    package struct Composition: Sendable, Hashable {
        package var text: String
        /// Lines of the container's own configuration that this system cannot honour.
        package var dropped: [String]
    }

    let launch: ContainerLaunch
    let layout: Layout
    let surroundings: Surroundings

    package init(_ launch: ContainerLaunch, layout: Layout, surroundings: Surroundings) {
        self.launch = launch
        self.layout = layout
        self.surroundings = surroundings
    }

    /// - Parameter own: the text of the container's own configuration.
    package func compose(_ own: String) -> Composition {
        var lines: [Line] = []
        var dropped: [String] = []
        for line in own.split(separator: "\n").compactMap({ Line(String($0)) }) {
            switch adapt(line) {
            case .keep(let line): lines.append(line)
            case .replaced: break
            case .unsupported: dropped.append(line.text)
            }
        }
        if launch.hostname != nil || !lines.contains(where: { $0.key == "lxc.uts.name" }) {
            lines.removeAll { $0.key == "lxc.uts.name" }
            lines.append(Line("lxc.uts.name", launch.hostname ?? launch.name))
        }
        lines += fixedLines + deviceLines + consoleLines + mountLines + hookLines
        return Composition(text: lines.map { $0.text + "\n" }.joined(), dropped: dropped)
    }

    private enum Adapted {
        case keep(Line)
        /// We set it ourselves.
        case replaced
        case unsupported
    }

    private func adapt(_ line: Line) -> Adapted {
        let key = line.key
        if LXCConfiguration.ours.contains(where: { key == $0 || key.hasPrefix($0 + ".") }) { return .replaced }
        if key == "lxc.console.path", line.value == "none" { return .replaced }
        if key == "lxc.rootfs.path" { return .keep(Line(key, rootFilesystem(line.value))) }
        if key == "lxc.mount.entry" { return .keep(Line(key, mountEntry(line.value))) }
        if isDeviceRule(line), surroundings.controlGroups.version == .unified { return .replaced }
        if key.hasPrefix("lxc.cgroup") { return limit(line).map { .keep($0) } ?? .unsupported }
        return .keep(line)
    }

    /// Keys whose values are the runtime's to choose.
    ///
    /// `lxc.ephemeral` would delete the root filesystem at the end.
    private static let ours = [
        "lxc.log", "lxc.syslog", "lxc.rootfs.mount", "lxc.cgroup.dir", "lxc.cgroup.relative", "lxc.ephemeral",
        "lxc.console.logfile", "lxc.console.size", "lxc.console.rotate", "lxc.monitor.signal.pdeath",
        "lxc.monitor.unshare",
    ]

    private var fixedLines: [Line] {
        let groups = surroundings.instance
        return [
            Line("lxc.rootfs.mount", surroundings.rootMount),
            Line("lxc.console.logfile", "\(launch.logs)/lxc/console.log"),
            Line("lxc.cgroup.dir.container", groups.payload(launch.name)),
            Line("lxc.cgroup.dir.monitor", groups.monitor(launch.name)),
            Line("lxc.cgroup.dir.monitor.pivot", groups.pivot(launch.name)),
            // A container without its monitor would be one whose end nobody learns.
            Line("lxc.monitor.signal.pdeath", "SIGKILL"),
            Line("lxc.hook.post-stop", "\(surroundings.helper) refuse-reboot"),
        ]
    }

    private var consoleLines: [Line] {
        guard let limit = surroundings.consoleLimit else { return [] }
        // liblxc takes powers of two.
        let size = 1 << (Int.bitWidth - 1 - max(limit, 4096).leadingZeroBitCount)
        return [Line("lxc.console.size", "\(size)"), Line("lxc.console.rotate", "1")]
    }

    private var hookLines: [Line] {
        var hooks = surroundings.mountHooks
        if launch.hasDevLog, surroundings.hasLogServer { hooks.append("\(surroundings.helper) dev-log") }
        return hooks.map { Line("lxc.hook.mount", $0) }
    }

    /// `overlayfs:<lower>[:<lower>…]:<upper>` with the configuration overlay as its top lower layer.
    private func rootFilesystem(_ value: String) -> String {
        var parts = value.split(separator: ":", omittingEmptySubsequences: false).map { hostPath(String($0)) }
        if let overlay = launch.configOverlay, parts.count > 2, parts[0] == "overlayfs" || parts[0] == "overlay" {
            parts.insert(overlay, at: 1)
        }
        return parts.joined(separator: ":")
    }

    /// The source is the host's; everything after it is the container's.
    private func mountEntry(_ value: String) -> String {
        let source = value.prefix { !$0.isWhitespace }
        return hostPath(String(source)) + value.dropFirst(source.count)
    }

    /// Configurations say `/volumes` and `/exports`, wherever the device has them.
    private func hostPath(_ path: String) -> String {
        for (prefix, place) in [("/volumes", layout.volumes), ("/exports", layout.exports)] {
            if path == prefix || path.hasPrefix(prefix + "/") { return place + path.dropFirst(prefix.count) }
        }
        return path
    }
}

extension LXCConfiguration {
    /// One `key = value`.
    struct Line: Equatable {
        var key: String
        var value: String

        init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }

        /// Nil for a comment or an empty line.
        ///
        /// What is neither stays as it is, for liblxc to complain about.
        init?(_ text: String) {
            let trimmed = text.trimmed
            guard !trimmed.isEmpty, !trimmed.hasPrefix("#") else { return nil }
            guard let equals = trimmed.firstIndex(of: "=") else {
                self.init(trimmed, "")
                return
            }
            self.init(String(trimmed[..<equals]).trimmed, String(trimmed[trimmed.index(after: equals)...]).trimmed)
        }

        var text: String { "\(key) = \(value)" }
    }
}

extension String {
    fileprivate var trimmed: String {
        let start = drop(while: \.isWhitespace)
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}
