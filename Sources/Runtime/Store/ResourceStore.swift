package import Model
import Synchronization

/// All resources, in memory: one writer at a time, any number of readers and watches.
///
/// The rules of `spec/kube-api.md` §5 hold: one strictly increasing version over everything, every change told to every
/// watch exactly once and in order or the watch ends, and no writer ever waits for a watch.
package final class ResourceStore: Sendable {
    private let state: Mutex<StoreState>
    /// Both are called with the store locked: they must not use it.
    let now: @Sendable () -> Timestamp
    private let uid: @Sendable () -> String

    /// - Parameters:
    ///   - firstVersion: above every version of an earlier life, so that what a client kept from it is refused.
    ///   - historyLimit: how many changes a watch can go back.
    ///   - limit: how many resources there may be.
    package init(
        firstVersion: ResourceVersion, historyLimit: Int = 8192, limit: Int = 100_000,
        now: @escaping @Sendable () -> Timestamp, uid: @escaping @Sendable () -> String
    ) {
        let first = max(firstVersion, ResourceVersion(1))
        state = Mutex(StoreState(version: first, historyLimit: historyLimit, limit: limit))
        self.now = now
        self.uid = uid
    }

    /// Everything as it is now.
    package func snapshot() -> Snapshot { state.withLock { $0.snapshot } }

    /// Creates it with a new uid, generation 1 and the status it has.
    ///
    /// Its owners must be there.
    @discardableResult
    package func create(_ resource: AnyResource) throws(StoreError) -> AnyResource {
        try write { state throws(StoreError) in
            try state.create(resource, uid: uid, now: now)
        }
    }

    /// Replaces one part of a resource.
    ///
    /// - Parameter expecting: the version the change was made from; `.none` = whatever is there.
    @discardableResult
    package func update(
        _ resource: AnyResource, part: WritePart, expecting: ResourceVersion
    ) throws(StoreError) -> AnyResource {
        try write { state throws(StoreError) in
            let current = try state.current(resource.key, expecting: expecting)
            let uid = resource.uid
            guard uid.isEmpty || uid == current.uid else { throw .conflict(resource.key) }
            return try state.replace(current, with: resource, part: part, now: now)
        }
    }

    /// Reads, changes and writes in one step, so that it never conflicts.
    ///
    /// `change` must not use the store.
    @discardableResult
    package func modify<K: Kind>(
        _ kind: K.Type, _ name: String, part: WritePart, _ change: (inout Resource<K>) -> Void
    ) throws(StoreError) -> Resource<K> {
        let key = ResourceKey(K.descriptor.name, name)
        let written = try write { state throws(StoreError) in
            let current = try state.current(key, expecting: .none)
            guard var resource = current.as(kind) else { throw .notFound(key) }
            change(&resource)
            return try state.replace(current, with: AnyResource(resource), part: part, now: now)
        }
        guard let resource = written.as(kind) else { throw .notFound(key) }
        return resource
    }

    /// Deletes it, and what it owned; with finalizers it only begins.
    ///
    /// Returns the last version.
    @discardableResult
    package func delete(_ key: ResourceKey, expecting: ResourceVersion = .none) throws(StoreError) -> AnyResource {
        try write { state throws(StoreError) in
            try state.delete(state.current(key, expecting: expecting), now: now)
        }
    }

    /// Tells of changes from a version on.
    ///
    /// - Parameter wake: called without a lock held, from the writer's thread, when something can be taken after nothing
    ///   could, and at the end. Not for what is there at once: take after this returns. It must not keep the watch.
    package func watch(
        _ options: WatchOptions, wake: @escaping @Sendable () -> Void
    ) throws(StoreError) -> Watch {
        let channel = WatchChannel(options, wake: wake)
        let (snapshot, changes) = try state.withLock { state throws(StoreError) in
            var changes: [Change] = []
            if case .after(let version) = options.from { changes = try state.changes(after: version) }
            state.add(channel)
            return (state.snapshot, changes)
        }
        switch options.from {
        case .now: break
        case .after: channel.start(replaying: changes)
        case .initialEvents: channel.start(with: snapshot)
        }
        return Watch(channel: channel, store: self, start: snapshot.version)
    }

    func remove(_ channel: WatchChannel) { state.withLock { $0.remove(channel) } }

    func bookmark(_ channel: WatchChannel) {
        let channels = state.withLock { state in
            state.bookmark(channel)
            return state.takeToWake()
        }
        for channel in channels { channel.wake() }
    }

    private func write(
        _ body: (inout StoreState) throws(StoreError) -> AnyResource
    ) throws(StoreError) -> AnyResource {
        let (written, channels) = try state.withLock { state throws(StoreError) in
            let written = try body(&state)
            return (written, state.takeToWake())
        }
        for channel in channels { channel.wake() }
        return written
    }
}

/// Which half of a resource a write replaces; it ignores the other.
package enum WritePart: Sendable {
    /// `spec`, labels, annotations, owner references and finalizers.
    case main
    case status
}
