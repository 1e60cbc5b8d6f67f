package import Drivers
import HashTreeCollections
package import Model
package import Store

/// The core with its store: everything a shell does between getting the time and running a driver call.
///
/// Both shells, the device's and the simulator's, drive this one.
package struct Reconciler {
    package private(set) var core: EngineCore
    let store: ResourceStore
    let capabilities: Capabilities
    let record: EventSink
    private let wake: @Sendable () -> Void
    private var watch: Watch
    /// What was known when the watch was last drained, to tell what a change replaced.
    private var known: Snapshot
    /// Versions of the engine's own writes that the watch has not told of yet.
    private var ownVersions: [ResourceVersion: EngineCore.Writer] = [:]

    /// What happens to the events of plans and failures.
    package typealias EventSink = @Sendable (_ about: AnyResource, _ note: EventNote, _ component: String) -> Void

    /// Writes them as resources.
    package static func sink(_ recorder: EventRecorder) -> EventSink {
        { about, note, component in
            recorder.record(
                note.level, reason: note.reason, message: note.message, about: about, component: component)
        }
    }

    /// Everything that is in the store already counts as changed.
    ///
    /// `wake` is called when `turn` has work again.
    package init(
        _ core: EngineCore, store: ResourceStore, capabilities: Capabilities, record: @escaping EventSink,
        wake: @escaping @Sendable () -> Void
    ) throws(EngineError) {
        self.core = core
        self.store = store
        self.capabilities = capabilities
        self.record = record
        self.wake = wake
        known = Snapshot(of: [])
        do {
            watch = try store.watch(Reconciler.options(for: core), wake: wake)
        } catch {
            throw .store(error)
        }
    }

    /// The bound is far more than one turn can write; it is reached only when the shell does not run for long.
    private static func options(for core: EngineCore) -> WatchOptions {
        WatchOptions(kinds: Set(core.readers.keys), from: .initialEvents, limit: 65_536)
    }

    package var deadline: Instant? {
        mutating get { core.deadline }
    }

    /// Takes in what changed and what is due.
    ///
    /// Returns whether something is ready to be planned.
    package mutating func collect(now: Instant, wall: Timestamp) throws(StoreError) -> Bool {
        let events = watch.take()
        if !events.isEmpty || watch.end != nil {
            let world = World(store.snapshot(), now: now, wall: wall, capabilities: capabilities)
            for event in events { note(event, in: world) }
            if watch.end != nil { try resynchronise(in: world) }
            known = world.snapshot
        }
        core.advance(to: now)
        return !core.isIdle
    }

    private mutating func note(_ event: WatchEvent, in world: World) {
        switch event {
        case .added(let resource), .modified(let resource), .deleted(let resource):
            let writer = ownVersions.removeValue(forKey: resource.version) ?? .others
            core.note(resource, previous: known[resource.key], by: writer, in: world)
        case .bookmark: break
        }
    }

    /// The watch was closed as too slow: compares all there is with what was known, and watches anew.
    private mutating func resynchronise(in world: World) throws(StoreError) {
        ownVersions = [:]
        for table in known.resources.values {
            for resource in table.values where world.snapshot[resource.key] == nil {
                core.note(resource, previous: nil, by: .others, in: world)
            }
        }
        watch = try store.watch(Reconciler.options(for: core), wake: wake)
    }

    /// What planning one subject came to.
    package struct Step: Sendable {
        package enum Result: Sendable {
            case gone, conflict
            case planned(AnyPlan)
            case failed(DriverError, isNews: Bool)
        }

        package let subject: ResourceKey
        package let controller: String
        package let result: Result
        /// The first action, to be run now.
        package let command: Command?
    }

    /// Plans the next ready subject and does its writes; nil when none is ready.
    package mutating func step(now: Instant, wall: Timestamp) -> Step? {
        guard let id = core.next() else { return nil }
        let key = core.key(of: id)
        let controller = core.controller(of: id)
        let snapshot = store.snapshot()
        func step(_ result: Step.Result, _ command: Command? = nil) -> Step {
            Step(subject: key, controller: controller.name, result: result, command: command)
        }
        switch core.plan(id, in: snapshot, now: now, wall: wall, capabilities: capabilities) {
        case .gone: return step(.gone)
        case .livelock(let error): return step(fail(id, error, now: now, wall: wall))
        case .plan(let plan, let resource):
            do {
                try write(plan, of: resource, by: controller, seeing: snapshot)
            } catch {
                return step(overtaken(id, by: error, now: now, wall: wall))
            }
            for note in plan.events { record(resource, note, controller.name) }
            let (command, recovered) = core.begin(plan, of: id)
            if recovered { setRecovered(id, wall: wall) }
            return step(.planned(plan), command)
        }
    }

    /// Takes the result of an action in.
    ///
    /// Returns the next action of the same plan, to be run now.
    package mutating func finish(_ command: Command, _ result: ActionResult, now: Instant, wall: Timestamp) -> Finish {
        let id = command.subject
        switch result {
        case .failure(let error):
            return Finish(command: nil, failure: fail(id, error, now: now, wall: wall))
        case .success(let apply):
            do {
                try apply(store)
            } catch {
                // The subject went away while its action ran; what it learned concerns nobody any more.
            }
            let outcome = core.finish(id)
            if outcome.recovered { setRecovered(id, wall: wall) }
            return Finish(command: outcome.command, failure: nil)
        }
    }

    package struct Finish: Sendable {
        package let command: Command?
        package let failure: Step.Result?
    }

    /// A refused write: somebody else was faster, or what the controller wrote cannot be.
    private mutating func overtaken(
        _ id: SubjectID, by error: StoreError, now: Instant, wall: Timestamp
    ) -> Step.Result {
        switch error {
        case .conflict, .notFound, .alreadyExists:
            core.conflict(id)
            return .conflict
        case .invalid, .expired, .tooMany:
            let key = core.key(of: id)
            return fail(id, DriverError("Write", key.description, error.description), now: now, wall: wall)
        }
    }

    private mutating func fail(_ id: SubjectID, _ error: DriverError, now: Instant, wall: Timestamp) -> Step.Result {
        let isNews = core.fail(id, error, now: now)
        let controller = core.controller(of: id)
        let key = core.key(of: id)
        if isNews {
            let condition = Condition(
                type: Condition.progressing, status: .no, reason: error.operation, message: error.description,
                lastTransitionTime: wall)
            controller.setProgressing(key.name, condition, store)
        }
        if let resource = store.snapshot()[key] {
            record(resource, EventNote(.warning, error.operation, error.description), controller.name)
        }
        return .failed(error, isNews: isNews)
    }

    private func setRecovered(_ id: SubjectID, wall: Timestamp) {
        let condition = Condition(
            type: Condition.progressing, status: .yes, reason: "Recovered", lastTransitionTime: wall)
        core.controller(of: id).setProgressing(core.key(of: id).name, condition, store)
    }

    mutating func remember(_ version: ResourceVersion, as writer: EngineCore.Writer = .engine) {
        ownVersions[version] = writer
    }
}
