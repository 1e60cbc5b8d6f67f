import Engine
import Model

/// One pass of planning the storage.
struct StorageStep {
    let storage: Resource<Storage>
    let world: World
    let waste: Waste
    let settings: StorageSettings
    var status: Storage.Status
    var writes: [Write] = []
    var actions: [StorageController.Action] = []
    var events: [EventNote] = []
    var wakeAt: Instant?

    init(_ storage: Resource<Storage>, in world: World, waste: Waste, settings: StorageSettings) {
        self.storage = storage
        self.world = world
        self.waste = waste
        self.settings = settings
        status = storage.status
    }

    mutating func plan(free: Int64, of total: Int64) {
        status.garbage = waste.garbage
        if status.collection == nil || status.collection?.isOver == true, let cause = cause(free: free, of: total) {
            status.collection = Storage.Collection(cause: cause, freeBefore: free)
        }
        collect()
        let isShort = (status.available ?? 0) <= 0
        status.conditions.set(
            "Pressure", isShort ? .yes : .no, reason: isShort ? "NoSpace" : "Enough",
            message: isShort ? "\(free) of \(total) bytes are free; updates must leave \(status.reserved)" : "",
            at: world.wall)
    }

    /// Why a collection is to be made now.
    private mutating func cause(free: Int64, of total: Int64) -> String? {
        let last = status.collection?.cause
        if let wish = storage.spec.collect, wish != status.handledWish {
            status.handledWish = wish
            return wish
        }
        let short = world.all(Rollout.self).first { rollout in
            rollout.status.step == .makingRoom && rollout.status.space?.fits == false && !rollout.status.hasCollected
        }
        if let short, short.name != last { return short.name }
        guard settings.thresholdPercent > 0, !waste.garbage.isEmpty,
            max(0, free - status.reserved) * 100 < total * Int64(settings.thresholdPercent)
        else { return nil }
        if let until = waste.uploadsProtectedUntil, until > world.now {
            wakeAt = until
            return nil
        }
        return "threshold"
    }

    /// Revisions first, then what only they named; measured when all are gone.
    private mutating func collect() {
        guard var collection = status.collection, !collection.isOver else { return }
        if !waste.revisions.isEmpty {
            writes = waste.revisions.map { .delete($0.key) }
        } else if isWaitingForRevisions {
            return
        } else if !waste.objects.isEmpty {
            collection.reclaimed += waste.garbage.bytes
            writes = waste.objects.map { .delete($0.key) }
        } else if !world.all(Object.self).contains(where: \.metadata.isBeingDeleted) {
            measure(&collection)
        }
        status.collection = collection
    }

    private mutating func measure(_ collection: inout Storage.Collection) {
        let number = collection.measurement ?? status.measurements + 1
        collection.measurement = number
        guard status.measurements >= number else {
            actions.append(.measure)
            return
        }
        collection.isOver = true
        collection.finishedAt = world.wall
        events.append(EventNote("Collected", "\(collection.reclaimed) bytes, for \(collection.cause)"))
    }

    /// Those that somebody else wants to be rid of may have to stay longer; nobody waits for them.
    private var isWaitingForRevisions: Bool {
        world.all(Revision.self).contains { revision in
            revision.metadata.isBeingDeleted && !revision.status.conditions.isFalse("Removable")
        }
    }
}

extension [Condition] {
    fileprivate func isFalse(_ type: String) -> Bool { self[type]?.status == .no }
}
