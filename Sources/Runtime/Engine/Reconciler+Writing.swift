import Model
import Store

extension Reconciler {
    /// Does a plan's writes, each only if what it was made from is still there.
    ///
    /// They come in an order that is safe to break off anywhere, because an interrupted plan is made again: finalizers,
    /// other resources, the status.
    mutating func write(
        _ plan: AnyPlan, of subject: AnyResource, by controller: AnyController, seeing snapshot: Snapshot
    ) throws(StoreError) {
        var version = subject.metadata.resourceVersion
        if let finalizers = plan.finalizers {
            var metadata = subject.metadata
            metadata.finalizers = finalizers
            version = try put(subject.with(metadata), part: .main, expecting: version)
        }
        for write in plan.writes { try perform(write, by: controller, seeing: snapshot) }
        let isOver = subject.metadata.isBeingDeleted && plan.finalizers?.isEmpty == true
        if let changed = plan.subject, !isOver {
            let writer = plan.isOnlyObserved ? EngineCore.Writer.observer(controller.name) : .engine
            _ = try put(changed, part: .status, expecting: version, as: writer)
        }
    }

    private mutating func perform(
        _ write: Write, by controller: AnyController, seeing snapshot: Snapshot
    ) throws(StoreError) {
        switch write {
        case .apply(let resource):
            assertDeclared(resource.kind, controller)
            try apply(resource, seeing: snapshot)
        case .delete(let key):
            assertDeclared(key.kind, controller)
            guard let known = snapshot[key], !known.metadata.isBeingDeleted else { return }
            try store.delete(key)
            remember(store.snapshot().version)
        }
    }

    private func assertDeclared(_ kind: KindName, _ controller: AnyController) {
        assert(
            controller.outputs.contains { $0.kind == kind && $0.part == .spec },
            "\(controller.name) writes the spec of \(kind), which is not among its outputs")
    }

    private mutating func apply(_ wanted: AnyResource, seeing snapshot: Snapshot) throws(StoreError) {
        guard let known = snapshot[wanted.key] else {
            remember(try store.create(wanted).metadata.resourceVersion)
            return
        }
        // What is going away is not revived: its end is a change that makes a new plan, which creates it afresh.
        guard !known.metadata.isBeingDeleted else { return }
        var metadata = known.metadata
        metadata.take(from: wanted.metadata)
        guard metadata != known.metadata || !wanted.hasSameSpec(as: known) else { return }
        _ = try put(wanted.with(metadata), part: .main, expecting: known.metadata.resourceVersion)
    }

    private mutating func put(
        _ resource: AnyResource, part: WritePart, expecting version: ResourceVersion,
        as writer: EngineCore.Writer = .engine
    ) throws(StoreError) -> ResourceVersion {
        let written = try store.update(resource, part: part, expecting: version).metadata.resourceVersion
        if written != version { remember(written, as: writer) }
        return written
    }
}
