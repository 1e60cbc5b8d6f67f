import Drivers
import Engine
import Model

extension ContainerStep {
    /// It runs: whether that is what is wanted, and whether it has reached its goal.
    mutating func planRunning() {
        if container.spec.run == .stopped || pendingRestart != nil || isOutdated {
            stop()
            return
        }
        if status.phase == .stopping {
            // The wish to stop was taken back while it was being stopped; the exit decides what follows.
            actions.append(.stop(name, within: settings.stopGrace))
            return
        }
        if status.phase != .started && status.phase != .ready {
            events.append(EventNote("Started", "init is process \(status.pid ?? 0)"))
        }
        let isReady = container.spec.statusGoal == .ready && status.isSignalledReady
        status.phase = isReady ? .ready : .started
        status.nextStartAt = nil
        status.stopReason = nil
        set("Started", .yes, "Running")
        describeRecovery()
    }

    private mutating func stop() {
        if status.phase != .stopping {
            events.append(EventNote("Stopping", reasonToStop))
        }
        status.phase = .stopping
        set("Started", .no, "Stopping", reasonToStop)
        actions.append(.stop(name, within: settings.stopGrace))
    }

    private var reasonToStop: String {
        if container.metadata.isBeingDeleted { return "it is no longer part of the device" }
        if container.spec.run == .stopped { return "a user wants it stopped" }
        if pendingRestart != nil { return "a user wants it restarted" }
        return "the revision changed it"
    }

    /// It is to go: containers of later groups first, then this one, then its traces.
    mutating func planRemoval() -> Plan<Container, Action> {
        if status.isRunning {
            if laterContainersRemain {
                set("Started", .yes, "Running", "stops after the containers of later groups")
                return finished()
            }
            stop()
            return finished()
        }
        guard status.journaled == nil else {
            return Plan(status: changedStatus, actions: [.forget(name)], events: events)
        }
        return Plan(status: changedStatus, finalizers: [], events: events)
    }

    private var laterContainersRemain: Bool {
        guard let order = group?.spec.order else { return false }
        return world.all(Container.self).contains { other in
            other.metadata.isBeingDeleted && other.name != name
                && (world.get(Group.self, other.spec.group)?.spec.order ?? 0) > order
        }
    }
}
