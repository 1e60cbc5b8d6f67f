import Engine
import Model

/// What nothing needs: revisions that are over, and objects that no other revision names.
struct Waste {
    private(set) var revisions: [Resource<Revision>] = []
    private(set) var objects: [Resource<Object>] = []
    /// When the last upload of this boot stops to protect objects.
    private(set) var uploadsProtectedUntil: Instant?

    init(in world: World, on device: Resource<Device>, names: ObjectNames, settings: StorageSettings) {
        let objects = world.all(Object.self)
        uploadsProtectedUntil = objects.compactMap(\.status.uploadedAt).max().map { $0 + .seconds(settings.deferTime) }
        var needed: Set<String> = []
        for revision in world.all(Revision.self) {
            if !revision.metadata.isBeingDeleted, world.isOver(revision, on: device, settings: settings) {
                revisions.append(revision)
            } else {
                needed.formUnion(names.of(revision))
            }
        }
        revisions.sort { $0.name < $1.name }
        let areUploadsProtected = uploadsProtectedUntil.map { $0 > world.now } ?? false
        self.objects = objects.filter { object in
            let isPending = areUploadsProtected && object.status.uploadedAt != nil
            return !object.metadata.isBeingDeleted && !needed.contains(object.name) && !isPending
        }.sorted { $0.name < $1.name }
    }

    var garbage: Storage.Garbage {
        Storage.Garbage(
            revisions: revisions.map(\.spec.revision), objects: objects.count,
            bytes: objects.reduce(0) { $0 + $1.spec.size })
    }
}

extension World {
    /// Whether a revision was run, or refused, and nothing needs it any more.
    fileprivate func isOver(
        _ revision: Resource<Revision>, on device: Resource<Device>, settings: StorageSettings
    ) -> Bool {
        if settings.keepsFactory, revision.spec.revision == Revision.factory { return false }
        switch revision.status.phase {
        case .new, .queued, .downloading, .inProgress, .testing: return false
        case .updated, .done, .wontGo, .error: return needs(revision, on: device) == nil
        }
    }
}
