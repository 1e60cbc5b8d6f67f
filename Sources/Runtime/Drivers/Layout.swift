/// Where everything lies on this device (`spec/runtime-behaviour.md` §2).
///
/// Absolute paths, no trailing slash.
package struct Layout: Sendable, Hashable {
    /// Persistent: trails, objects, disks, logs.
    package var storage: String
    /// tmpfs: control sockets, journal, LXC's own files.
    package var run: String
    /// Mount points of volumes; container configurations call it `/volumes`.
    package var volumes: String
    /// Exported container paths; container configurations call it `/exports`.
    package var exports: String

    /// Persistent, but for devices that keep no logs.
    package var logs: String
    /// Where the kernel that runs looks for its modules.
    package var kernelModules: String
    /// Where it looks for firmware.
    package var firmware: String

    /// - Parameter logs: nil = in the storage.
    package init(
        storage: String, run: String, volumes: String = "/volumes", exports: String = "/exports", logs: String? = nil,
        kernelRelease: String = "0", firmware: String = "/lib/firmware"
    ) {
        self.storage = storage
        self.logs = logs ?? "\(storage)/logs"
        self.run = run
        self.volumes = volumes
        self.exports = exports
        kernelModules = "/lib/modules/\(kernelRelease)"
        self.firmware = firmware
    }

    package var objects: String { "\(storage)/objects" }
    package var trails: String { "\(storage)/trails" }
    package var journal: String { "\(run)/journal" }
    package var controlSocket: String { "\(run)/pv-ctrl" }
    /// liblxc's lxcpath.
    package var lxc: String { "\(run)/lxc" }
    /// Copies of `_config/<container>`, made at each start.
    package var configOverlays: String { "\(run)/configs" }

    /// Revisions whose content failed.
    package var failures: String { "\(storage)/config/failed-revisions.json" }

    package func progress(of revision: String) -> String { "\(trail(revision))/.pv/progress" }
    package func commitMessage(of revision: String) -> String { "\(trail(revision))/.pv/commitmsg" }
    package func done(_ revision: String) -> String { "\(trail(revision))/.pv/done" }
    /// What an attempt to move to a revision was asked for, for the boot that tries it.
    package func attempt(_ revision: String) -> String { "\(trail(revision))/.pv/rollout.json" }
    package func object(_ sha256: String) -> String { "\(objects)/\(sha256)" }
    package func trail(_ revision: String) -> String { "\(trails)/\(revision)" }
    package func stateFile(_ revision: String) -> String { "\(trail(revision))/.pvr/json" }
    package func logs(of container: String, in revision: String) -> String { "\(logs)/\(revision)/\(container)" }
    package func mountPoint(container: String, volume: String) -> String { "\(volumes)/\(container)/\(volume)" }

    /// The revision that a mounted image or a directory with one revision's data belongs to; nil for anything else.
    package func revision(ofSource path: String, container: String, volume: String) -> String? {
        let end = "/\(container)/\(volume)"
        for start in ["\(trails)/", "\(storage)/disks/rev/"] where path.hasPrefix(start) && path.hasSuffix(end) {
            let name = path.dropFirst(start.count).dropLast(end.count)
            if !name.isEmpty { return String(name) }
        }
        return nil
    }

    package func permanent(container: String, volume: String) -> String {
        "\(storage)/disks/perm/\(container)/\(volume)"
    }

    package func perRevision(_ revision: String, container: String, volume: String) -> String {
        "\(storage)/disks/rev/\(revision)/\(container)/\(volume)"
    }
}
