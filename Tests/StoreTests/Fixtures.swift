import Model
import Store
import Synchronization

/// A store with numbered uids and a clock that stands still.
func makeStore(first: UInt64 = 100, historyLimit: Int = 64, limit: Int = 1000) -> ResourceStore {
    let counter = Atomic(0)
    return ResourceStore(
        firstVersion: ResourceVersion(first), historyLimit: historyLimit, limit: limit,
        now: { Timestamp(seconds: 1_000_000_000) },
        uid: { "uid-\(counter.add(1, ordering: .relaxed).newValue)" })
}

func group(
    _ name: String, order: Int = 0, finalizers: [String] = [], owners: [OwnerReference] = [],
    labels: [String: String] = [:]
) -> AnyResource {
    let metadata = Metadata(name: name, labels: labels, ownerReferences: owners, finalizers: finalizers)
    return AnyResource(Resource<Group>(metadata: metadata, spec: Group.Spec(order: order)))
}

func container(_ name: String, in group: String = "app", owners: [OwnerReference] = []) -> AnyResource {
    let spec = Container.Spec(revision: "0", order: 0, group: group)
    return AnyResource(Resource<Container>(metadata: Metadata(name: name, ownerReferences: owners), spec: spec))
}

func key(_ name: String) -> ResourceKey { ResourceKey("Group", name) }

extension AnyResource {
    var group: Resource<Group> {
        get throws { try self.as(Group.self) ?? { throw StoreError.notFound(key) }() }
    }

    /// A reference that makes this the owner.
    var asOwner: OwnerReference { get throws { try group.asOwner } }
}

extension ResourceStore {
    @discardableResult
    func setOrder(_ name: String, _ order: Int) throws(StoreError) -> Resource<Group> {
        try modify(Group.self, name, part: .main) { $0.spec.order = order }
    }

    /// A watch that nobody is woken for.
    func watch(_ options: WatchOptions = WatchOptions()) throws(StoreError) -> Watch {
        try watch(options, wake: {})
    }
}

/// Counts calls, from any thread.
final class Counter: Sendable {
    private let value = Atomic(0)
    var count: Int { value.load(ordering: .sequentiallyConsistent) }
    func add() { value.add(1, ordering: .sequentiallyConsistent) }
}
