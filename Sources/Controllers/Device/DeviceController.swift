package import Drivers
package import Engine
import JSON
package import Model

/// Sums up how the device stands, clears what an earlier run left behind, and ends the run once everything stopped.
package struct DeviceController: Controller {
    package typealias Subject = Device

    package enum Action: Sendable, Equatable, CustomStringConvertible {
        /// Reads which containers a user had stopped.
        case recall
        case rememberStopped([String])
        /// Stops containers and unmounts volumes that belong to nothing.
        case sweep(keepingContainers: Set<String>, keepingMounts: Set<String>)
        case end(PowerAction, reason: String)

        package var description: String {
            switch self {
            case .recall: "recall stopped containers"
            case .rememberStopped(let names): "remember \(names.count) stopped containers"
            case .sweep: "sweep"
            case .end(let action, let reason): "\(action.rawValue): \(reason)"
            }
        }
    }

    package static let name = "device"
    package static let inputs: [Input] = [
        .mapping(Group.self) { _, _ in [Device.selfName] },
        .mapping(Container.self) { _, _ in [Device.selfName] },
        .mapping(Volume.self) { volume, _ in volume.metadata.isBeingDeleted ? [Device.selfName] : [] },
        .mapping(Revision.self) { _, _ in [Device.selfName] },
    ]
    package static let outputs: [Output] = [.status(of: Device.self)]

    static let journalName = ".stopped"

    let drivers: DeviceDrivers
    let layout: Layout

    package init(drivers: DeviceDrivers, layout: Layout) {
        self.drivers = drivers
        self.layout = layout
    }

    package func plan(_ device: Resource<Device>, in world: World) -> Plan<Device, Action> {
        let groups = world.all(Group.self).sorted { $0.spec.order < $1.spec.order }
        let containers = world.all(Container.self)
        var status = device.status
        status.sum(groups)
        status.judge(containers, isGoingDown: device.isGoingDown, at: world.wall)
        var plan = Plan<Device, Action>()
        if device.status.stoppedContainers == nil {
            plan.actions.append(.recall)
        } else {
            plan.actions += housekeeping(device, containers, in: world)
        }
        if status.rebootReason != nil || device.isGoingDown {
            plan.actions += ending(device, in: world, status: &status)
        }
        if let note = device.note(on: status) { plan.events.append(note) }
        plan.status = status == device.status ? nil : status
        return plan
    }

    private func housekeeping(
        _ device: Resource<Device>, _ containers: [Resource<Container>], in world: World
    ) -> [Action] {
        var actions: [Action] = []
        let isExpanded =
            device.status.currentRevision
            .flatMap { world.get(Revision.self, Revision.resourceName(of: $0)) }
            .map { $0.status.conditions["Active"] != nil } ?? true
        if !device.status.isSwept, isExpanded || device.isGoingDown {
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

    private func ending(
        _ device: Resource<Device>, in world: World, status: inout Device.Status
    ) -> [Action] {
        let isEmpty =
            world.all(Container.self).isEmpty && world.all(Volume.self).isEmpty && world.all(Group.self).isEmpty
        guard isEmpty, device.status.isSwept else {
            status.phase = .stopping
            return []
        }
        // Asked for with every plan: an end that failed is tried again, and a second one changes nothing.
        status.phase = .stopped
        if let reason = device.status.rebootReason { return [.end(.reboot, reason: reason)] }
        return [.end(device.spec.power == .reboot ? .reboot : .powerOff, reason: "a user wants it")]
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<Device> {
        switch action {
        case .recall: return try await recall()
        case .rememberStopped(let names):
            try await drivers.journal.write(.array(names.map { .string($0) }), as: Self.journalName)
            return Facts { $0.stoppedContainers = names }
        case .sweep(let containers, let mounts):
            try await sweep(keeping: containers, mounts: mounts)
            return Facts { $0.isSwept = true }
        case .end(let action, let reason):
            try await drivers.power.end(action, reason: reason)
            return .none
        }
    }
}
