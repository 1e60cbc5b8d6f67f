import Drivers
import Engine
import Model
import StateFormat

/// The revision runs: whether it is good, and what follows.
extension RolloutStep {
    /// How long the goals of a revision may take: what its groups allow themselves, and something beyond.
    func provingLimit(_ name: String?) -> Duration {
        guard let revision = name.flatMap({ revision($0) }) else { return .seconds(settings.goalsTimeout) }
        do throws(InvalidState) {
            let groups = try documents.read(revision).groups.reduce(0) { $0 + $1.timeout }
            return .seconds(settings.goalsTimeout + groups)
        } catch {
            return .seconds(settings.goalsTimeout)
        }
    }

    mutating func prove() {
        if status.failure != nil { return goBack() }
        guard isRemembered(), let device, let name = status.target else { return }
        if status.step == .starting {
            guard report(.inProgress, status.isTryBoot ? RolloutMessage.trying : RolloutMessage.transitioning) else {
                return
            }
        }
        if let failure = failure(of: name, on: device) { return fail(failure) }
        guard isConverged(on: name, device) else {
            status.goalsSince = nil
            // The deadline stays: a revision that reaches its goals and loses them over and over runs out of time.
            if status.step == .testing { status.step = .starting }
            return
        }
        if status.goalsSince == nil { status.goalsSince = world.now }
        if status.step == .starting { hold(device) }
        guard report(.testing, waiting) else { return }
        let due = (status.goalsSince ?? world.now) + .seconds(settings.commitDelay)
        guard due <= world.now else { return wake(at: due) }
        guard world.all(Container.self).allSatisfy(\.status.isStable) else { return }
        enter(.committing, for: .seconds(120))
    }

    /// The goals are reached: from here it takes the time they must hold, and what containers want beyond.
    private mutating func hold(_ device: Resource<Device>) {
        let since = status.stepSince
        let stable = world.all(Container.self).map(\.spec.autoRecovery.stableTimeout).max() ?? 0
        let limit = Duration.seconds(settings.commitDelay + stable + settings.goalsTimeout)
        let deadline = status.deadline
        let wasHeld = status.conditions["GoalsReached"] != nil
        enter(.testing, for: limit)
        if wasHeld {
            status.stepSince = since
            status.deadline = deadline
        }
        status.conditions.set("GoalsReached", .yes, reason: "GoalsReached", at: world.wall)
    }

    private var waiting: String {
        guard world.all(Container.self).allSatisfy(\.status.isStable) else { return RolloutMessage.awaitingContainers }
        return status.isTryBoot ? RolloutMessage.awaitingCommit : RolloutMessage.awaitingStable
    }

    /// Why it is over with the revision; nil = it may still do.
    private func failure(of name: String, on device: Resource<Device>) -> String? {
        if let sound = revision(name)?.status.conditions["ObjectsSound"], sound.status == .no {
            return "\(RolloutMessage.objectsDamaged): \(sound.message)"
        }
        let containers = world.all(Container.self).sorted { $0.name < $1.name }
        if let lost = containers.first(where: { $0.isLost && $0.belongs(to: name) }) {
            let why = lost.status.lastExit?.sentence ?? "it ended"
            let limit = lost.spec.autoRecovery.maxRetries
            let retries = lost.status.stopReason == .exhausted ? " after \(limit) retries" : ""
            return "\(RolloutMessage.notStarted): \(lost.name)\(retries): \(why)"
        }
        let groups = world.all(Group.self).sorted { $0.spec.order < $1.spec.order }
        if let late = groups.first(where: { $0.status.goal == .timedOut && $0.belongs(to: name) }) {
            let why = late.status.conditions["GoalReached"]?.message ?? ""
            return "\(RolloutMessage.goalNotReached): group \(late.name): \(why)"
        }
        if device.spec.mode == .remote, !name.hasPrefix("locals/"), !device.status.conditions.isTrue("Online") {
            if status.step == .testing { return RolloutMessage.hubNotStable }
            let since = status.stepSince ?? world.now
            if since + .seconds(settings.hubTimeout) <= world.now { return RolloutMessage.hubNotReachable }
        }
        return isLate ? RolloutMessage.goalNotReached : nil
    }

    /// Whether everything of the revision runs as it says, and every controller has seen it.
    func isConverged(on name: String, _ device: Resource<Device>) -> Bool {
        guard device.status.currentRevision == name, let revision = revision(name),
            revision.status.conditions.isTrue("Active"), revision.isObserved
        else { return false }
        let groups = world.all(Group.self)
        let containers = world.all(Container.self)
        return !groups.isEmpty && groups.allSatisfy { $0.isObserved && $0.status.goal == .achieved }
            && groups.allSatisfy { $0.belongs(to: name) } && containers.allSatisfy { $0.belongs(to: name) }
            && containers.allSatisfy { $0.isObserved && $0.status.goal == .achieved && !$0.isOutdated }
    }

    mutating func commit() {
        if status.failure != nil { return goBack() }
        guard !isLate else { return fail(RolloutMessage.internalError) }
        guard isRemembered(), let name = status.target else { return }
        guard status.isTryBoot else { return commitWithoutReboot(name) }
        if rollout.spec.action == .tryOnce {
            guard status.isCleared else {
                actions.append(.clearTry)
                return
            }
            guard report(.updated, RolloutMessage.updated) else { return }
            return finish(.updated)
        }
        guard status.isCommitted else {
            actions.append(.commit(name))
            return
        }
        guard report(.done, RolloutMessage.committed) else { return }
        actions.append(.runHooks(.bootDone, HookContext(revision: name, tryRevision: name, status: "DONE")))
        finish(.committed)
    }
}

extension RolloutStep {
    /// From the one write to the boot environment on, the next boot tries the revision instead of the one before.
    private mutating func commitWithoutReboot(_ name: String) {
        let isOnlyTried = rollout.spec.action == .tryOnce
        guard status.isStaged || isOnlyTried else {
            let kept = device?.status.rollbackRevision ?? Revision.factory
            actions += isReturn ? [.clearTry] : [.prepare(record), .setTry(name, keeping: kept)]
            return
        }
        if isReturn {
            _ = report(.done, RolloutMessage.committed)
            return finish(.committed)
        }
        guard report(.updated, RolloutMessage.updated) else { return }
        finish(.updated)
    }
}

extension Resource {
    /// Whether its controller has looked at its present spec.
    var isObserved: Bool { status.observedGeneration == metadata.generation && !metadata.isBeingDeleted }

    func belongs(to revision: String) -> Bool {
        metadata.labels[RevisionController.revisionLabel] == Revision.resourceName(of: revision)
    }
}

extension Resource<Container> {
    /// Whether it gave up by itself.
    fileprivate var isLost: Bool { status.stopReason == .failed || status.stopReason == .exhausted }

    /// Whether what runs is not what the revision asks for now.
    fileprivate var isOutdated: Bool { status.isRunning && status.startedDigest != spec.inputsDigest }
}
