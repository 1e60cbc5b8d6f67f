package import Drivers
package import Model
package import Store

/// Everything a plan may look at: the resources at one version, the time, and what this device can do.
package struct World: Sendable {
    package let snapshot: Snapshot
    package let now: Instant
    package let wall: Timestamp
    package let capabilities: Capabilities
    /// The kinds that may be read; nil = all.
    ///
    /// Checked in debug builds.
    let readable: Set<KindName>?

    package init(
        _ snapshot: Snapshot, now: Instant, wall: Timestamp, capabilities: Capabilities = Capabilities(),
        readable: Set<KindName>? = nil
    ) {
        self.snapshot = snapshot
        self.now = now
        self.wall = wall
        self.capabilities = capabilities
        self.readable = readable
    }

    package func get<K: Kind>(_ kind: K.Type, _ name: String) -> Resource<K>? {
        assertReadable(K.descriptor.name)
        return snapshot.get(kind, name)
    }

    /// All of a kind, in no particular order.
    package func all<K: Kind>(_ kind: K.Type) -> [Resource<K>] {
        assertReadable(K.descriptor.name)
        return snapshot.all(kind)
    }

    private func assertReadable(_ kind: KindName) {
        assert(readable?.contains(kind) ?? true, "a controller reads \(kind), which is not among its inputs")
    }
}
