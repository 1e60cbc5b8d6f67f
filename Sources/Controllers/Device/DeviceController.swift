package import Drivers
package import Engine
import JSON
package import Model

/// Says which revision runs and how the device stands, clears what an earlier run left behind, and ends the run once
/// everything stopped.
package struct DeviceController: Controller {
    package typealias Subject = Device

    package enum Action: Sendable, Equatable, CustomStringConvertible {
        /// Reads which revision runs in this boot, and which containers a user had stopped.
        case recall
        /// Writes down which revision runs in this boot.
        case rememberCurrent(String)
        case rememberStopped([String])
        case rememberFailures([Device.Failure])
        /// Writes down, for whoever ends the machine, how long to wait for somebody who works at it.
        case rememberDeferral(Instant)
        /// Runs the maker's programs of a point, once in a boot.
        case runHooks(HookPoint, HookContext)
        /// Reads what the loader will do; `after` names the writes that are in it.
        case readLoader(after: String)
        /// Stops containers and unmounts volumes that belong to nothing.
        case sweep(keepingContainers: Set<String>, keepingMounts: Set<String>)
        case end(PowerAction, argument: String? = nil, reason: String)

        package var description: String {
            switch self {
            case .recall: "recall what runs and what is stopped"
            case .rememberCurrent(let revision): "remember \(revision) as running"
            case .rememberStopped(let names): "remember \(names.count) stopped containers"
            case .rememberDeferral(let instant): "put reboots off to \(instant.milliseconds)"
            case .rememberFailures(let failures): "remember \(failures.count) failed revisions"
            case .runHooks(let point, _): "run hooks \(point.rawValue)"
            case .readLoader: "read the boot environment"
            case .sweep: "sweep"
            case .end(let action, _, let reason): "\(action.rawValue): \(reason)"
            }
        }
    }

    package static let name = "device"
    package static let inputs: [Input] = [
        .mapping(Group.self) { _, _ in [Device.selfName] },
        .mapping(Container.self) { _, _ in [Device.selfName] },
        .mapping(Volume.self) { volume, _ in volume.metadata.isBeingDeleted ? [Device.selfName] : [] },
        .mapping(BSP.self) { bsp, _ in bsp.metadata.isBeingDeleted ? [Device.selfName] : [] },
        .mapping(Revision.self) { _, _ in [Device.selfName] },
        .mapping(Rollout.self) { _, _ in [Device.selfName] },
    ]
    package static let outputs: [Output] = [.status(of: Device.self)]

    static let stoppedRecord = ".stopped"
    static let currentRecord = ".current"
    static let hooksRecord = ".hooks"
    static let deferralRecord = ".defer-reboot"
    /// How long everything may take to stop before the run ends all the same.
    static let stopLimit = Duration.seconds(90)

    let drivers: DeviceDrivers
    let layout: Layout

    package init(drivers: DeviceDrivers, layout: Layout) {
        self.drivers = drivers
        self.layout = layout
    }

    package func plan(_ device: Resource<Device>, in world: World) -> Plan<Device, Action> {
        // Nothing may be expanded or stopped before it is known what runs.
        guard device.status.stoppedContainers != nil, let current = device.status.currentRevision else {
            return Plan(actions: [.recall])
        }
        let containers = world.all(Container.self)
        let rollouts = world.all(Rollout.self)
        var status = device.status
        status.currentRevision = rollouts.compactMap(\.status.runs).first ?? current
        status.learn(from: rollouts)
        status.sum(world.all(Group.self))
        status.judge(containers, rollouts, isGoingDown: device.isGoingDown, at: world.wall)
        status.stoppingSince = device.isGoingDown ? status.stoppingSince ?? world.now : nil
        var plan = Plan<Device, Action>()
        plan.actions =
            remembering(device.spec, status, rollouts) + housekeeping(device, containers, in: world)
            + hooks(device, status)
        if status.rebootReason != nil || device.isGoingDown {
            plan.actions += ending(device, in: world, status: &status)
            plan.requeueAt = status.stoppingSince.map { $0 + Self.stopLimit }.flatMap { $0 > world.now ? $0 : nil }
        }
        if let note = device.note(on: status) { plan.events.append(note) }
        plan.status = status == device.status ? nil : status
        return plan
    }

    private func remembering(
        _ spec: Device.Spec, _ status: Device.Status, _ rollouts: [Resource<Rollout>]
    ) -> [Action] {
        var actions: [Action] = []
        if let instant = spec.rebootNotBefore, instant != status.journaledDeferral {
            actions.append(.rememberDeferral(instant))
        }
        if let current = status.currentRevision, status.journaledRevision != current {
            actions.append(.rememberCurrent(current))
        }
        if status.failures != status.writtenFailures { actions.append(.rememberFailures(status.failures)) }
        let writes = rollouts.loaderWrites
        if status.loaderWrites != writes { actions.append(.readLoader(after: writes)) }
        return actions
    }

    private func housekeeping(
        _ device: Resource<Device>, _ containers: [Resource<Container>], in world: World
    ) -> [Action] {
        var actions: [Action] = []
        let isExpanded =
            device.status.currentRevision
            .flatMap { world.get(Revision.self, Revision.resourceName(of: $0)) }
            .map { $0.status.conditions["Active"] != nil } ?? true
        let hasStarted = device.status.hooks?.contains(HookPoint.systemStart.rawValue) ?? false
        if !device.status.isSwept, (hasStarted && isExpanded) || device.isGoingDown {
            let mounts = world.all(Volume.self).map {
                layout.mountPoint(container: $0.spec.container, volume: $0.spec.volume)
            }
            actions.append(
                .sweep(keepingContainers: Set(containers.map(\.name)), keepingMounts: Set(mounts)))
        }
        // While everything goes away, what users stopped stays as it was.
        let stopped = containers.filter { $0.spec.run == .stopped }.map(\.name).sorted()
        if !containers.isEmpty, !device.isGoingDown, isExpanded, stopped != device.status.stoppedContainers {
            actions.append(.rememberStopped(stopped))
        }
        return actions
    }

    /// `system-start` before anything of the revision runs, `system-done` when all goals are reached for the first time.
    private func hooks(_ device: Resource<Device>, _ status: Device.Status) -> [Action] {
        guard let done = device.status.hooks, !device.isGoingDown, status.rebootReason == nil else { return [] }
        let point: HookPoint
        if !done.contains(HookPoint.systemStart.rawValue) {
            point = .systemStart
        } else if status.phase == .ready, !done.contains(HookPoint.done.rawValue) {
            point = .done
        } else {
            return []
        }
        let context = HookContext(
            revision: status.currentRevision ?? "", tryRevision: status.tryRevision,
            isTryBoot: status.tryRevision != nil && status.tryRevision == status.bootedRevision,
            status: point == .done ? status.phase.rawValue : "")
        return [.runHooks(point, context)]
    }

    private func ending(
        _ device: Resource<Device>, in world: World, status: inout Device.Status
    ) -> [Action] {
        let isEmpty =
            world.all(Container.self).isEmpty && world.all(Volume.self).isEmpty && world.all(Group.self).isEmpty
            && world.all(BSP.self).isEmpty
        let isLate = status.stoppingSince.map { $0 + Self.stopLimit <= world.now } ?? false
        let isWritten =
            status.failures == status.writtenFailures && status.loaderWrites == world.all(Rollout.self).loaderWrites
        guard (isEmpty && device.status.isSwept && isWritten) || isLate else {
            status.phase = .stopping
            return []
        }
        // Asked for with every plan: an end that failed is tried again, and a second one changes nothing.
        status.phase = .stopped
        let argument = device.status.rebootArgument
        if let reason = device.status.rebootReason { return [.end(.reboot, argument: argument, reason: reason)] }
        guard device.spec.power == .reboot else { return [.end(.powerOff, reason: "a user wants it")] }
        return [.end(.reboot, argument: argument, reason: "a user wants it")]
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<Device> {
        switch action {
        case .recall: return try await recall()
        case .rememberCurrent(let revision):
            try await drivers.journal.write(.string(revision), as: Self.currentRecord)
            return Facts { $0.journaledRevision = revision }
        case .rememberStopped(let names):
            try await drivers.journal.write(.array(names.map { .string($0) }), as: Self.stoppedRecord)
            return Facts { $0.stoppedContainers = names }
        case .rememberFailures(let failures): return try await remember(failures)
        case .rememberDeferral(let instant):
            try await drivers.journal.write(.integer(instant.milliseconds), as: Self.deferralRecord)
            return Facts { $0.journaledDeferral = instant }
        case .runHooks(let point, let context): return try await run(point, context)
        case .readLoader(let writes): return try await readLoader(after: writes)
        case .sweep(let containers, let mounts):
            try await sweep(keeping: containers, mounts: mounts)
            return Facts { $0.isSwept = true }
        case .end(let action, let argument, let reason):
            try await drivers.power.end(action, argument: argument, reason: reason)
            return .none
        }
    }
}
