package import Drivers
package import Model
import StateFormat

/// What a runtime that starts makes of an attempt that is not over (`spec/runtime-behaviour.md` §6.3).
///
/// The journal lives as long as the boot: while it has a record, this is the same boot, and the record says how far
/// the attempt was. Without one this is a new boot, and what the loader did with the tried revision decides.
package struct Resumption: Sendable, Equatable {
    package var booted: String
    package var boot: BootState
    package var journaled: Rollout.Record?
    /// What was written beside the tried revision before the loader was told of it.
    package var attempt: Rollout.Record?

    package init(booted: String, boot: BootState, journaled: Rollout.Record?, attempt: Rollout.Record?) {
        self.booted = booted
        self.boot = boot
        self.journaled = journaled
        self.attempt = attempt
    }

    package func rollout(among revisions: [Resource<Revision>]) -> Resource<Rollout>? {
        if let journaled { return journaled.step == .finished ? nil : sameBoot(journaled, among: revisions) }
        guard let tried = boot.tryRevision else { return nil }
        let revision = revisions.first { $0.spec.revision == tried }
        return newBoot(tried, revision)
    }

    private func sameBoot(_ record: Rollout.Record, among revisions: [Resource<Revision>]) -> Resource<Rollout> {
        var rollout = Resource<Rollout>(name: record.name, spec: record.spec)
        rollout.metadata.finalizers = [Rollout.finalizer]
        rollout.status.journaled = record
        rollout.status.step = record.step
        // What was only being prepared begins anew; everything it does can be done twice.
        guard record.step != .pending else { return rollout }
        rollout.status.target = record.spec.revision
        rollout.status.from = record.from
        rollout.status.isTryBoot = record.isTryBoot
        rollout.status.isReturn = record.isReturn
        rollout.status.progress = record.progress
        rollout.status.take(revisions.first { $0.spec.revision == record.spec.revision })
        if record.step == .reverting || record.step == .failing { rollout.status.failure = record.progress.message }
        return rollout
    }

    private func newBoot(_ tried: String, _ revision: Resource<Revision>?) -> Resource<Rollout> {
        var spec = attempt?.spec ?? Rollout.Spec(revision: tried)
        spec.revision = tried
        let name = attempt?.name ?? "\(Revision.resourceName(of: tried))-boot"
        var rollout = Resource<Rollout>(name: name, spec: spec)
        rollout.metadata.finalizers = [Rollout.finalizer]
        rollout.status.target = tried
        rollout.status.from = attempt?.from ?? boot.revision
        rollout.status.isTryBoot = booted == tried
        rollout.status.take(revision)
        let known = rollout.status.progress
        let hasFailed = known.phase == .error || known.phase == .wontGo
        if booted == tried, !hasFailed {
            rollout.status.step = .starting
            rollout.status.progress = .init(.inProgress, RolloutMessage.trying)
            return rollout
        }
        // Either the loader came back from it, or it is booted a second time although it failed.
        rollout.status.step = .failing
        if !hasFailed { rollout.status.progress = .init(.error, RolloutMessage.unexpectedRollback) }
        rollout.status.failure = rollout.status.progress.message
        return rollout
    }
}

extension Rollout.Status {
    /// What the revision's own files say.
    fileprivate mutating func take(_ revision: Resource<Revision>?) {
        guard let revision else { return }
        digest = contentDigest(of: revision.spec.state)
        let stored = Rollout.Progress(revision.status.phase, revision.status.message)
        written = stored
        if step == .pending { progress = stored }
    }
}
