import Model
import Store

/// Writes at random and keeps what each write was told, which is the truth that watches are measured by.
struct RandomWriter {
    private let store: ResourceStore
    private var generator: SeededGenerator
    private(set) var history: [ResourceVersion: WatchEvent] = [:]

    init(store: ResourceStore, seed: UInt64) {
        self.store = store
        generator = SeededGenerator(seed: seed)
    }

    mutating func write(_ count: Int) {
        for _ in 0..<count {
            let name = "r\(Int.random(in: 0..<6, using: &generator))"
            do throws(StoreError) {
                try writeOnce(name)
            } catch {
                // Another writer was faster: as good as no write.
            }
        }
    }

    private mutating func writeOnce(_ name: String) throws(StoreError) {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0, 1, 2:
            let finalizers = generator.chance(30) ? ["test/hold"] : []
            note(.added(try store.create(group(name, order: order(), finalizers: finalizers))))
        case 3:
            let created = try store.create(container(name))
            note(.added(created))
        case 4, 5, 6:
            let order = order()
            noteChange(AnyResource(try store.setOrder(name, order)))
        case 7:
            let members = order()
            noteChange(AnyResource(try store.modify(Group.self, name, part: .status) { $0.status.members = members }))
        case 8:
            let released = try store.modify(Group.self, name, part: .main) { $0.metadata.finalizers = [] }
            let resource = AnyResource(released)
            if released.metadata.isBeingDeleted { note(.deleted(resource)) } else { noteChange(resource) }
        default:
            let kind: KindName = generator.chance(50) ? "Group" : "Container"
            let last = try store.delete(ResourceKey(kind, name))
            if last.metadata.finalizers.isEmpty { note(.deleted(last)) } else { noteChange(last) }
        }
    }

    private mutating func order() -> Int { Int.random(in: 0..<3, using: &generator) }

    /// A write that changed nothing returns an older version, which has its entry already, here or at another writer.
    private mutating func noteChange(_ resource: AnyResource) {
        if history[resource.version] == nil { note(.modified(resource)) }
    }

    private mutating func note(_ event: WatchEvent) { history[event.version] = event }
}
