import DequeModule
import HashTreeCollections
import Model

/// What the store's lock protects.
///
/// Every write takes one version and makes one change, so that the changes in `history` have consecutive versions.
struct StoreState: Sendable {
    private(set) var version: ResourceVersion
    private(set) var resources: TreeDictionary<KindName, TreeDictionary<String, AnyResource>> = [:]
    private var count = 0
    private(set) var owned = OwnerIndex()
    private var history: Deque<Change> = []
    private var watches: [WatchChannel] = []
    /// Watches to wake once the lock is released.
    private var toWake: [WatchChannel] = []
    private let historyLimit: Int
    private let limit: Int

    init(version: ResourceVersion, historyLimit: Int, limit: Int) {
        self.version = version
        self.historyLimit = historyLimit
        self.limit = limit
    }

    var snapshot: Snapshot { Snapshot(version: version, resources: resources) }

    subscript(key: ResourceKey) -> AnyResource? { resources[key.kind]?[key.name] }

    /// The stored version that a write is about.
    func current(_ key: ResourceKey, expecting version: ResourceVersion) throws(StoreError) -> AnyResource {
        guard let current = self[key] else { throw .notFound(key) }
        guard version == .none || current.version == version else { throw .conflict(key) }
        return current
    }

    func checkRoom() throws(StoreError) {
        guard count < limit else { throw .tooMany(limit: limit) }
    }

    /// Stores `make(metadata)` under the next version.
    mutating func put(
        _ metadata: Metadata, over old: AnyResource?, _ make: (Metadata) -> AnyResource
    ) -> AnyResource {
        let new = make(nextVersion(of: metadata))
        owned.update(new.key, from: old?.metadata.ownerReferences ?? [], to: metadata.ownerReferences)
        resources[new.kind, default: [:]].updateValue(new, forKey: metadata.name)
        if old == nil { count += 1 }
        publish(Change(old: old, new: new, isDeletion: false))
        return new
    }

    /// Removes `old`, which ends as `make(metadata)` under the next version.
    ///
    /// Its dependents are left alone.
    mutating func remove(
        _ metadata: Metadata, over old: AnyResource, _ make: (Metadata) -> AnyResource
    ) -> AnyResource {
        let last = make(nextVersion(of: metadata))
        owned.update(last.key, from: old.metadata.ownerReferences, to: [])
        resources[old.kind]?.removeValue(forKey: old.name)
        if resources[old.kind]?.isEmpty ?? false { resources.removeValue(forKey: old.kind) }
        count -= 1
        publish(Change(old: old, new: last, isDeletion: true))
        return last
    }

    private mutating func nextVersion(of metadata: Metadata) -> Metadata {
        version.number += 1
        var metadata = metadata
        metadata.resourceVersion = version
        return metadata
    }

    private mutating func publish(_ change: Change) {
        history.append(change)
        if history.count > historyLimit { history.removeFirst() }
        let kind = change.new.kind
        for channel in watches where channel.wants(kind) { note(channel.push(change), of: channel) }
    }

    private mutating func note(_ push: WatchChannel.Push, of channel: WatchChannel) {
        switch push {
        case .queued: break
        case .queuedFirst: toWake.append(channel)
        case .overflowed:
            toWake.append(channel)
            remove(channel)
        case .closed: remove(channel)
        }
    }
}

// MARK: - Watches

extension StoreState {
    mutating func add(_ channel: WatchChannel) { watches.append(channel) }

    mutating func remove(_ channel: WatchChannel) { watches.removeAll { $0 === channel } }

    mutating func bookmark(_ channel: WatchChannel) { note(channel.pushBookmark(version), of: channel) }

    mutating func takeToWake() -> [WatchChannel] {
        defer { toWake.removeAll(keepingCapacity: true) }
        return toWake
    }

    /// Every change after `version`; refused when some are forgotten, or were made by an earlier life of the store.
    func changes(after version: ResourceVersion) throws(StoreError) -> [Change] {
        let floor = self.version.number - UInt64(history.count)
        guard (floor...self.version.number).contains(version.number) else { throw .expired(version) }
        return Array(history.suffix(Int(self.version.number - version.number)))
    }
}
