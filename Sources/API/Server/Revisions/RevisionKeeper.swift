import JSON
import Model
import StateFormat
import Store

/// Puts revisions on the device that come as a whole document: on the storage first, then in the store.
struct RevisionKeeper: Sendable {
    let store: ResourceStore
    let services: Services
    /// Shared with everybody who creates resources.
    let pending: PendingCreations

    /// Why a revision is not put there.
    enum Refusal: Error {
        /// Not even JSON, or no state document.
        case invalid([ManifestError])
        case missingObjects([String])
        /// It has other content, and something needs it.
        case inUse(String)
        /// Somebody else is at it.
        case busy
    }

    /// What is to be put there.
    struct Request {
        var name: String
        var state: [UInt8]
        var commitMessage: String?
        /// Whether it is taken although objects of it are missing.
        var allowsMissing = false
        /// Whether it must be ready to be booted as soon as it is there.
        var isBootable = false
    }

    private static let removalLimit = Duration.seconds(30)

    /// Throws a `Refusal`, `NoSpace`, or why it could not be written; then what was there is as it was.
    func put(_ request: Request) async throws {
        let new = try read(request)
        let missing = store.snapshot().missingObjects(of: new.spec.state)
        guard missing.isEmpty || request.allowsMissing else { throw Refusal.missingObjects(missing) }
        guard pending.begin(new.key) else { throw Refusal.busy }
        defer { pending.end(new.key) }
        let isGone = await store.wait(Self.removalLimit, on: [new.key.kind], pause: services.pause) { snapshot in
            snapshot[new.key]?.metadata.isBeingDeleted != true
        }
        guard isGone else { throw Refusal.busy }
        let old = store.snapshot().get(Revision.self, new.name)
        if let old {
            if let use = store.snapshot().use(of: old) {
                let isSame = contentDigest(of: old.spec.state) == contentDigest(of: new.spec.state)
                guard isSame else { throw Refusal.inUse(use) }
                return
            }
            try takeOut(old)
        }
        do {
            try await write(new, request, isComplete: missing.isEmpty)
        } catch {
            if let old { try store.create(AnyResource(old)) }
            throw error
        }
    }

    private func read(_ request: Request) throws -> Resource<Revision> {
        let state: JSONValue
        do throws(ManifestError) {
            state = try JSONValue(parsing: request.state)
        } catch {
            throw Refusal.invalid([error])
        }
        let origin: Revision.Origin = request.name.hasPrefix("locals/") ? .local : .hub
        var revision = Resource<Revision>(
            name: Revision.resourceName(of: request.name),
            spec: Revision.Spec(
                revision: request.name, state: state, origin: origin, commitMessage: request.commitMessage))
        let admission = services.admissions[Revision.descriptor.name]
        revision.metadata.finalizers = admission?.finalizers ?? []
        do throws(AdmissionRefusal) {
            _ = try admission?.review(AnyResource(revision), replacing: nil, in: store.snapshot())
        } catch {
            if case .invalid(let problems) = error { throw Refusal.invalid(problems) }
            throw Refusal.busy
        }
        return revision
    }

    /// From here on no controller does anything to it.
    private func takeOut(_ old: Resource<Revision>) throws(StoreError) {
        try store.modify(Revision.self, old.name, part: .main) { $0.metadata.finalizers = [] }
        try store.delete(old.key)
    }

    private func write(_ new: Resource<Revision>, _ request: Request, isComplete: Bool) async throws {
        var new = new
        let progress: Rollout.Progress = isComplete ? .ready : .notInstalled
        try await services.revisions.write(
            RevisionDraft(
                revision: request.name, state: request.state, commitMessage: request.commitMessage, progress: progress,
                isBootable: request.isBootable))
        new.status.message = progress.message
        try store.create(AnyResource(new))
    }
}

extension Snapshot {
    /// Objects that a state document names and that are not there, in order.
    func missingObjects(of state: JSONValue) -> [String] {
        objectNames(in: state).filter { self.get(Object.self, $0)?.metadata.isBeingDeleted ?? true }.sorted()
    }

    /// Why a revision must stay as it is; nil = nothing uses it.
    func use(of revision: Resource<Revision>) -> String? {
        let name = revision.spec.revision
        let device = get(Device.self, Device.selfName)
        let status = device?.status
        let uses: [(revision: String?, sentence: String)] = [
            (status?.currentRevision, "it runs"), (status?.bootedRevision, "the device was booted from it"),
            (status?.tryRevision, "it is being tried"), (status?.rollbackRevision, "the device falls back to it"),
            (device?.spec.desiredRevision, "the device is to move to it"),
        ]
        if let use = uses.first(where: { $0.revision == name }) { return use.sentence }
        let rollout = all(Rollout.self).first { rollout in
            !rollout.status.isFinished
                && [rollout.spec.revision, rollout.status.target, rollout.status.from].contains(name)
        }
        if let rollout { return "rollout \(rollout.name) moves to it or from it" }
        let isMounted = all(Volume.self).contains { $0.spec.revision == name || $0.status.mountedRevision == name }
        return isMounted ? "a volume of it is mounted" : nil
    }
}
