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

    package init(storage: String, run: String, volumes: String = "/volumes", exports: String = "/exports") {
        self.storage = storage
        self.run = run
        self.volumes = volumes
        self.exports = exports
    }

    package var objects: String { "\(storage)/objects" }
    package var trails: String { "\(storage)/trails" }
    package var logs: String { "\(storage)/logs" }
    package var journal: String { "\(run)/journal" }
    package var controlSocket: String { "\(run)/pv-ctrl" }
    /// liblxc's lxcpath.
    package var lxc: String { "\(run)/lxc" }
    /// Copies of `_config/<container>`, made at each start.
    package var configOverlays: String { "\(run)/configs" }

    package func object(_ sha256: String) -> String { "\(objects)/\(sha256)" }
    package func trail(_ revision: String) -> String { "\(trails)/\(revision)" }
    package func stateFile(_ revision: String) -> String { "\(trail(revision))/.pvr/json" }
    package func logs(of container: String, in revision: String) -> String { "\(logs)/\(revision)/\(container)" }
    package func mountPoint(container: String, volume: String) -> String { "\(volumes)/\(container)/\(volume)" }

    package func permanent(container: String, volume: String) -> String {
        "\(storage)/disks/perm/\(container)/\(volume)"
    }

    package func perRevision(_ revision: String, container: String, volume: String) -> String {
        "\(storage)/disks/rev/\(revision)/\(container)/\(volume)"
    }
}
