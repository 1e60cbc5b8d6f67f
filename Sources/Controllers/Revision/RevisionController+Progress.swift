package import Drivers
package import Engine
package import Model

extension RevisionController {
    /// A revision that somebody wants to be rid of goes when nothing needs it.
    func removal(
        _ revision: Resource<Revision>, _ known: Revision.Status, on device: Resource<Device>, in world: World
    ) -> Plan<Revision, Action> {
        guard revision.metadata.isBeingDeleted else { return Plan(status: revision.changed(to: known)) }
        guard !known.isRemoved else { return Plan(finalizers: []) }
        var status = known
        let isNeeded = status.explainRemoval(of: revision, on: device, in: world)
        return Plan(
            status: revision.changed(to: status), actions: isNeeded ? [] : [.remove(revision.spec.revision)])
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<Revision> {
        switch action {
        case .checkOut(let trail):
            // One may have been put there by hand since the storage was read.
            let objects = try await storage.checkOut(trail)
            return Facts(finding: objects.map { AnyResource($0.resource()) }) { _ in }
        case .markCurrent(let revision):
            try await storage.markCurrent(revision)
            return Facts { $0.isCheckedOut = true }
        case .writeProgress(let progress, let revision):
            try await storage.write(progress, of: revision, in: layout)
            return Facts { $0.take(progress) }
        case .remove(let revision):
            try await storage.removeRevision(revision)
            return Facts { $0.isRemoved = true }
        }
    }
}

extension Revision.Status {
    /// Says why a revision that is to go is still there.
    ///
    /// Returns whether something needs it.
    mutating func explainRemoval(
        of revision: Resource<Revision>, on device: Resource<Device>, in world: World
    ) -> Bool {
        let needs = world.needs(revision, on: device)
        conditions.set(
            "Removable", needs == nil ? .yes : .no, reason: needs == nil ? "NotNeeded" : "Needed",
            message: needs ?? "", at: world.wall)
        return needs != nil
    }

    mutating func take(_ progress: Rollout.Progress) {
        phase = progress.phase
        message = progress.message
        self.progress = progress.phase.percent
        if phase == .done { isDone = true }
    }

    /// Takes over how far it came: from the attempt that concerns it, or from what the loader makes of it.
    ///
    /// Returns what is to be written down about that.
    mutating func settle(
        _ revision: Resource<Revision>, on device: Resource<Device>, in world: World
    ) -> RevisionController.Action? {
        let name = revision.spec.revision
        let attempts = world.all(Rollout.self).filter { $0.status.target == name && !$0.status.isReturn }
        if let last = attempts.max(by: { $0.status.since < $1.status.since }), !revision.metadata.isBeingDeleted {
            take(last)
        }
        guard device.status.currentRevision != nil, !attempts.contains(where: { !$0.status.isFinished }) else {
            return nil
        }
        if device.status.rollbackRevision == name, phase != .done || !isDone {
            // What a reboot comes back to is committed, whatever was written when the power went.
            let message = name == Revision.factory ? RolloutMessage.factory : RolloutMessage.committed
            return .writeProgress(Rollout.Progress(.done, message), of: name)
        }
        if phase.isUnderWay, device.status.tryRevision != name, !revision.metadata.isBeingDeleted {
            // An attempt that nobody remembers: it ended when the power went.
            return .writeProgress(Rollout.Progress(.error, RolloutMessage.unexpectedRollback), of: name)
        }
        return nil
    }
}

extension Revision.Status {
    /// An attempt that is over is heard once: what came of its revision later counts more.
    fileprivate mutating func take(_ attempt: Resource<Rollout>) {
        let since = attempt.status.since
        guard !attempt.status.isFinished || since > progressSince ?? Instant(milliseconds: -1) else { return }
        progressSince = since
        take(attempt.status.progress)
    }
}

extension Rollout.Status {
    fileprivate var since: Instant { stepSince ?? .zero }
}
