import Drivers
import Engine
import JSON
import Model
import StateFormat

/// Before anything changes: whether it may go on, whether it fits, and what the loader must find.
extension RolloutStep {
    /// It waits for its turn and for the device to know itself.
    mutating func begin() {
        if status.stepSince == nil { enter(.pending, for: .seconds(3600)) }
        status.startedAt = status.startedAt ?? world.wall
        guard !isLate else { return refuse("It waited too long for its turn") }
        guard world.isTurn(of: rollout), let device, device.status.isSettled(with: world), !device.isGoingDown else {
            return
        }
        status.from = device.status.currentRevision
        guard let name = aim(device) else { return }
        status.target = name
        status.isReturn = name == device.status.rollbackRevision
        guard isRemembered() else { return }
        // A hub's objects arrive while it waits.
        enter(.checking, for: .seconds(revision(name)?.spec.origin == .hub ? 21_600 : 600))
    }

    /// The revision to move to; nil when it was refused.
    private mutating func aim(_ device: Resource<Device>) -> String? {
        if let name = rollout.spec.revision, rollout.spec.action != .rollback { return name }
        let current = device.status.currentRevision
        if let kept = device.status.rollbackRevision, kept != current { return kept }
        let done = world.all(Revision.self).filter { $0.status.isDone && $0.spec.revision != current }
        let names = done.map(\.spec.revision).sorted().joined(separator: ", ")
        refuse(
            "There is nothing to roll back to: \(current ?? "nothing") is what a reboot comes back to"
                + (names.isEmpty ? "" : "; run one of \(names) by its name"))
        return nil
    }

    mutating func check() {
        guard !isLate else { return refuse("Its objects could not be checked in time") }
        guard let device, let target else { return refuse("State JSON not found") }
        do throws(InvalidState) {
            let new = try documents.read(target)
            status.digest = contentDigest(of: target.spec.state)
            guard mayBeTried(device), objectsAreSound(of: new, in: target) else { return }
            try describe(new, on: device)
            guard mayMove(device) else { return }
            enter(.makingRoom, for: .seconds(300))
        } catch {
            let problems = error.problems.prefix(20).map(\.description).joined(separator: "\n")
            status.conditions.set("Valid", .no, reason: "InvalidState", message: problems, at: world.wall)
            refuse("State JSON has bad format")
        }
    }

    private mutating func mayBeTried(_ device: Resource<Device>) -> Bool {
        guard rollout.spec.retry != true,
            let failure = device.status.failures.first(where: { $0.digest == status.digest })
        else { return true }
        refuse("The same content failed as \(failure.revision) (\(failure.message)); ask again with retry")
        return false
    }

    /// Whether every object is there and is what its name says; while some are not known yet, it waits.
    private mutating func objectsAreSound(of document: StateDocument, in revision: Resource<Revision>) -> Bool {
        let objects = document.objects.map { ($0, world.get(Object.self, $0)) }
        let missing = objects.filter { $0.1 == nil || $0.1?.metadata.isBeingDeleted == true }.map(\.0).sorted()
        guard missing.isEmpty else {
            let names = missing.prefix(8).joined(separator: ", ") + (missing.count > 8 ? ", …" : "")
            guard revision.spec.origin == .hub else {
                refuse("\(missing.count) objects are missing: \(names)")
                return false
            }
            _ = report(.downloading, "Downloading update artifacts, \(missing.count) missing")
            return false
        }
        guard settings.checksObjects else { return true }
        let damaged = objects.filter { $0.1?.status.isVerified == false }.map(\.0).sorted()
        guard damaged.isEmpty else {
            refuse("\(RolloutMessage.objectsDamaged): \(damaged.prefix(8).joined(separator: ", "))")
            return false
        }
        return objects.allSatisfy { $0.1?.status.isVerified == true }
    }

    /// Works out what the move does.
    private mutating func describe(_ new: StateDocument, on device: Resource<Device>) throws(InvalidState) {
        guard let from = status.from.flatMap({ revision($0) }) else {
            status.transition = Rollout.Transition(rebootReasons: ["nothing runs yet"], containers: [])
            return
        }
        let old: StateDocument
        do throws(InvalidState) {
            old = try documents.read(from)
        } catch {
            // What runs cannot be read: only a reboot is sure to leave nothing of it.
            let reason = "\(from.spec.revision) cannot be read"
            status.transition = Rollout.Transition(rebootReasons: [reason], containers: [])
            return
        }
        let transition = Transition(from: old, to: new)
        var reasons = transition.rebootReasons
        if rollout.spec.action == .runCommit { reasons.append("it was asked for") }
        status.transition = Rollout.Transition(
            rebootReasons: Array(reasons.prefix(16)),
            containers: transition.changes.map {
                .init(name: $0.container, effect: $0.effect.rawValue, reasons: Array($0.reasons.prefix(8)))
            })
    }

    private mutating func mayMove(_ device: Resource<Device>) -> Bool {
        let needsReboot = status.needsReboot
        if rollout.spec.action == .apply, needsReboot {
            refuse("It needs a reboot: \(status.transition?.rebootReasons.first ?? "")")
            return false
        }
        guard status.target == device.status.currentRevision, !needsReboot else { return true }
        let isDone = isReturn
        _ = report(
            isDone ? .done : .updated, isDone ? RolloutMessage.committed : RolloutMessage.updated)
        finish(isDone ? .committed : .updated)
        return false
    }

    mutating func makeRoom() {
        guard let target, let storage = world.get(Storage.self, Storage.selfName) else { return }
        guard let space = status.space else {
            actions.append(.measure(needed: target.spec.state.bytesOnDisk, reserved: storage.status.reserved))
            return
        }
        if space.fits { return enter(.installing, for: .seconds(600)) }
        if status.hasCollected || isLate {
            return refuse("Space required \(space.needed) B, available \(space.available) B")
        }
        // A collection that was made for this attempt gives what there is to give.
        guard let collection = storage.status.collection, collection.cause == rollout.name, collection.isOver else {
            return
        }
        status.hasCollected = true
        status.space = nil
        actions.append(.measure(needed: space.needed, reserved: storage.status.reserved))
    }

    mutating func install() {
        guard !isLate else { return giveUp(RolloutMessage.internalError) }
        guard let target, report(.inProgress, RolloutMessage.installing) else { return }
        if status.isInstalled {
            // Without a reboot the loader is told when the revision is proved: until then a device that loses power
            // comes back with what it ran.
            return status.needsReboot
                ? enter(.staging, for: .seconds(120)) : enter(.starting, for: provingLimit(status.target))
        }
        do throws(InvalidState) {
            let document = try documents.read(target)
            let name = target.spec.revision
            let context = HookContext(revision: status.from ?? "", tryRevision: name, status: "INPROGRESS")
            actions += [
                .runHooks(.beforeInstall, context), .checkOut(document.trail(name)),
                .install(document.bootImage(of: name)), .runHooks(.install, context),
                .runHooks(.afterInstall, context),
            ]
        } catch {
            refuse("State JSON has bad format")
        }
    }

    /// Tells the loader to try the revision, before the device reboots.
    mutating func stage() {
        guard !isLate else { return giveUp(RolloutMessage.internalError) }
        guard let name = status.target, let device else { return }
        guard report(.inProgress, RolloutMessage.rebooting) else { return }
        guard status.isStaged else {
            actions += isReturn ? [.clearTry] : [.prepare(record), .setTry(name, keeping: kept(device))]
            return
        }
        enter(.rebooting, for: .seconds(300))
    }

    /// The revision to come back to: the one that runs, when it was proved.
    ///
    /// One that was reached without a reboot boots too: whatever is needed to boot is the same as in the one before.
    private func kept(_ device: Resource<Device>) -> String {
        let fallback = device.status.rollbackRevision ?? Revision.factory
        guard let current = device.status.currentRevision, current != status.target,
            let phase = revision(current)?.status.phase
        else { return fallback }
        switch phase {
        case .updated, .done: return current
        case .new, .queued, .downloading, .inProgress, .testing, .wontGo, .error: return fallback
        }
    }
}

extension Rollout.Status {
    var needsReboot: Bool { transition?.rebootReasons.isEmpty == false }
}

extension Device.Status {
    /// Whether it is known what runs, what a reboot would do, and what failed before.
    fileprivate func isSettled(with world: World) -> Bool {
        currentRevision != nil && isSwept && loaderWrites == world.all(Rollout.self).loaderWrites
            && failures == writtenFailures
    }
}
