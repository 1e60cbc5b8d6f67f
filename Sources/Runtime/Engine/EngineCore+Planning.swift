package import Drivers
package import Model
package import Store

extension EngineCore {
    /// What came of asking for the next plan.
    package enum Planned: Sendable {
        /// The resource is gone; there was nothing to plan.
        case gone
        case plan(AnyPlan, of: AnyResource)
        /// It was planned too often without anything happening: its controllers chase each other.
        ///
        /// Counts as a failure.
        case livelock(DriverError)
    }

    /// The subject that is planned next; nil when none is ready.
    package mutating func next() -> SubjectID? {
        guard let place = ready.next() else { return nil }
        subjects[place].phase = .planning
        subjects[place].isDirty = false
        return SubjectID(place: place)
    }

    package func controller(of id: SubjectID) -> AnyController { controllers[subjects[id.place].controller] }

    package func key(of id: SubjectID) -> ResourceKey {
        ResourceKey(controller(of: id).subject, subjects[id.place].name)
    }

    /// Plans a subject that `next` gave.
    ///
    /// Afterwards one of `begin`, `conflict` or `fail` must follow, unless it is gone.
    package mutating func plan(
        _ id: SubjectID, in snapshot: Snapshot, now: Instant, wall: Timestamp, capabilities: Capabilities
    ) -> Planned {
        let place = id.place
        let controller = controllers[subjects[place].controller]
        guard let resource = snapshot[ResourceKey(controller.subject, subjects[place].name)] else {
            remove(place)
            return .gone
        }
        subjects[place].intent = Intent(of: resource)
        if let error = livelock(place, resource) { return .livelock(error) }
        let world = World(
            snapshot, now: now, wall: wall, capabilities: capabilities, readable: controller.readable)
        let plan = controller.plan(resource, world, subjects[place].lastFailure != nil)
        if let requeueAt = plan.requeueAt, requeueAt <= now {
            subjects[place].isDirty = true
            timers.set(place, at: nil)
        } else {
            timers.set(place, at: plan.requeueAt)
        }
        return .plan(plan, of: resource)
    }

    /// The plan's writes were overtaken by somebody else's: plan again with what is there now.
    package mutating func conflict(_ id: SubjectID) {
        enqueue(id.place)
    }

    /// The plan's writes are done: hands out its first action.
    ///
    /// `recovered` tells that an earlier failure is over, because the subject needs nothing any more.
    package mutating func begin(_ plan: AnyPlan, of id: SubjectID) -> (command: Command?, recovered: Bool) {
        let place = id.place
        if plan.actions.isEmpty {
            let recovered = plan.isSettled && !subjects[place].isDirty && clearFailure(place)
            rest(place)
            return (nil, recovered)
        }
        subjects[place].pending = plan.actions.reversed()
        return (nextAction(of: id), false)
    }

    /// Planned more often than any settling could need while nothing came from outside.
    ///
    /// The bound grows with the number of subjects, since each of them may touch this one.
    private mutating func livelock(_ place: Int, _ resource: AnyResource) -> DriverError? {
        if subjects[place].epoch != epoch {
            subjects[place].epoch = epoch
            subjects[place].plans = 0
        }
        subjects[place].plans += 1
        guard subjects[place].plans > 64 + 4 * subjects.count else { return nil }
        subjects[place].plans = 0
        return DriverError(
            "Livelock", resource.key.description,
            "\(controllers[subjects[place].controller].name) plans it over and over although nothing happens; "
                + "two plans undo each other, which is a defect of a controller")
    }
}
