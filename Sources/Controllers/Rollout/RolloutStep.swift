import Drivers
import Engine
import Model
import StateFormat

/// One pass of planning a rollout: the status that is being worked out, and what is to be done.
///
/// A pass goes through as many steps as it can; each step says whether the next one follows at once.
struct RolloutStep {
    typealias Action = RolloutController.Action

    let rollout: Resource<Rollout>
    let world: World
    let documents: RevisionDocuments
    let settings: RolloutSettings
    var status: Rollout.Status
    var actions: [Action] = []
    var events: [EventNote] = []
    var wakeAt: Instant?

    init(
        _ rollout: Resource<Rollout>, in world: World, documents: RevisionDocuments, settings: RolloutSettings
    ) {
        self.rollout = rollout
        self.world = world
        self.documents = documents
        self.settings = settings
        status = rollout.status
    }

    var device: Resource<Device>? { world.get(Device.self, Device.selfName) }
    var target: Resource<Revision>? { status.target.flatMap { revision($0) } }

    func revision(_ name: String) -> Resource<Revision>? {
        world.get(Revision.self, Revision.resourceName(of: name))
    }

    var isReturn: Bool { status.isReturn }

    mutating func plan() -> Plan<Rollout, Action> {
        guard !status.isFinished else { return cleanUp() }
        if status.step != .pending, status.stepSince == nil { resume() }
        // Who asks to be rid of it asks it to stop; it goes when nothing of it is left.
        if rollout.spec.action == .abort || rollout.metadata.isBeingDeleted { abort() }
        // Bounded, so that a defect shows as a livelock instead of a hang.
        for _ in Rollout.Step.allCases.indices {
            let before = status.step
            advance()
            if status.step == before { break }
        }
        if let deadline = status.deadline, !status.isFinished { wake(at: deadline) }
        var plan = Plan<Rollout, Action>(actions: actions, events: events, requeueAt: wakeAt)
        plan.status = status == rollout.status ? nil : status
        plan.finalizers = finalizers
        return plan
    }

    /// It comes from an earlier runtime or boot, and its step begins here.
    private mutating func resume() {
        let isFailing = status.step == .failing
        enter(
            status.step,
            for: isFailing ? .seconds(300) : provingLimit(status.step == .reverting ? status.from : status.target)
        )
        status.startedAt = world.wall
    }

    private mutating func advance() {
        switch status.step {
        case .pending: begin()
        case .checking: check()
        case .makingRoom: makeRoom()
        case .installing: install()
        case .staging: stage()
        case .rebooting: break
        case .starting, .testing: prove()
        case .committing: commit()
        case .reverting: revert()
        case .failing: clear()
        case .finished: break
        }
    }

    private var finalizers: [String]? {
        status.isFinished && rollout.metadata.isBeingDeleted ? [] : [Rollout.finalizer]
    }

    /// It is over: the next runtime of this boot must know that too.
    private func cleanUp() -> Plan<Rollout, Action> {
        guard status.journaled?.step == .finished || status.journaled == nil else {
            return Plan(actions: [.remember(record)])
        }
        return rollout.metadata.isBeingDeleted ? Plan(finalizers: []) : .nothing
    }

    // MARK: What every step uses

    mutating func enter(_ step: Rollout.Step, for limit: Duration?) {
        status.step = step
        status.stepSince = world.now
        status.deadline = limit.map { world.now + $0 }
        status.deadlineAt = limit.map { Timestamp(seconds: world.wall.seconds + $0.inMilliseconds / 1000) }
    }

    var isLate: Bool { status.deadline.map { $0 <= world.now } ?? false }

    mutating func wake(at instant: Instant) {
        guard instant > world.now else { return }
        wakeAt = wakeAt.map { min($0, instant) } ?? instant
    }

    /// Says how far it is, and whether that is written down.
    ///
    /// The revision that a reboot comes back to keeps what it says: it is done already.
    mutating func report(_ phase: Revision.Phase, _ message: String) -> Bool {
        let progress = Rollout.Progress(phase, message)
        if status.progress != progress {
            status.progress = progress
            events.append(EventNote(phase == .error || phase == .wontGo ? .warning : .normal, phase.event, message))
        }
        guard let target = status.target, let revision = revision(target), !isReturn,
            !revision.metadata.isBeingDeleted
        else { return true }
        if status.written == progress { return true }
        ask(.writeProgress(progress, of: target))
        return false
    }

    /// What a runtime that starts in this boot must know.
    var record: Rollout.Record {
        var spec = rollout.spec
        spec.revision = spec.revision ?? status.target
        return Rollout.Record(
            name: rollout.name, spec: spec, from: status.from, step: status.step.recorded,
            isTryBoot: status.isTryBoot, isReturn: status.isReturn, progress: status.progress)
    }

    /// Whether the journal knows of the present step; what has an effect waits for it.
    mutating func isRemembered() -> Bool {
        let record = record
        if let journaled = status.journaled, journaled.isSame(as: record) { return true }
        ask(.remember(record))
        return false
    }

    /// One pass may come to the same wish in two steps.
    private mutating func ask(_ action: Action) {
        if !actions.contains(action) { actions.append(action) }
    }

    mutating func finish(_ outcome: Rollout.Outcome) {
        enter(.finished, for: nil)
        status.outcome = outcome
        status.finishedAt = world.wall
        status.goalsSince = nil
        let isGood = outcome == .committed || outcome == .updated
        status.conditions.set(
            "Complete", isGood ? .yes : .no, reason: outcome.rawValue, message: status.progress.message,
            at: world.wall)
        events.append(EventNote(isGood ? .normal : .warning, outcome.rawValue, status.progress.message))
    }
}

extension Rollout.Step {
    /// The step as the journal has it: those that can be done again from the start are one.
    fileprivate var recorded: Rollout.Step {
        switch self {
        case .pending, .checking, .makingRoom, .installing, .staging, .rebooting: .pending
        case .starting, .testing, .committing: .starting
        case .reverting: .reverting
        case .failing: .failing
        case .finished: .finished
        }
    }
}

extension Rollout.Record {
    /// Whether it leads to the same next step; messages may differ.
    fileprivate func isSame(as other: Rollout.Record) -> Bool {
        name == other.name && spec == other.spec && from == other.from && step == other.step
            && isTryBoot == other.isTryBoot && (step != .reverting || progress == other.progress)
    }
}

extension Revision.Phase {
    fileprivate var event: String {
        switch self {
        case .new: "New"
        case .queued: "Queued"
        case .downloading: "Downloading"
        case .inProgress: "InProgress"
        case .testing: "Testing"
        case .updated: "Updated"
        case .done: "Done"
        case .wontGo: "WontGo"
        case .error: "Error"
        }
    }
}
