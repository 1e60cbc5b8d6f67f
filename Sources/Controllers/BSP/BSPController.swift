package import Drivers
package import Engine
package import Model

/// Binds the modules and the firmware of the running revision to where the kernel looks for them, before any container
/// starts, and takes them away when all containers are gone.
package struct BSPController: Controller {
    package typealias Subject = BSP

    package enum Action: Sendable, Equatable, CustomStringConvertible {
        case observe([Binding])
        case bind(Binding)
        case unbind(String)

        package var description: String {
            switch self {
            case .observe: "observe modules and firmware"
            case .bind(let binding): "bind \(binding.source) to \(binding.target)"
            case .unbind(let target): "unbind \(target)"
            }
        }
    }

    package struct Binding: Sendable, Equatable {
        package var source: String
        package var target: String

        package init(source: String, target: String) {
            self.source = source
            self.target = target
        }
    }

    package static let name = "bsp"
    package static let inputs: [Input] = [
        .mapping(Volume.self) { volume, _ in volume.spec.container == BSP.owner ? [BSP.currentName] : [] },
        .mapping(Container.self) { container, _ in container.metadata.isBeingDeleted ? [BSP.currentName] : [] },
    ]
    package static let outputs: [Output] = [.status(of: BSP.self)]

    private let mounts: any MountDriver
    private let layout: Layout

    package init(mounts: any MountDriver, layout: Layout) {
        self.mounts = mounts
        self.layout = layout
    }

    package func plan(_ bsp: Resource<BSP>, in world: World) -> Plan<BSP, Action> {
        let bindings = bindings(of: bsp.spec)
        guard let bound = bsp.status.bound else { return Plan(actions: [.observe(bindings)]) }
        if bsp.metadata.isBeingDeleted {
            guard world.all(Container.self).isEmpty else { return .nothing }
            return bound.isEmpty ? Plan(finalizers: []) : Plan(actions: bound.map { .unbind($0) })
        }
        let missing = bindings.filter { !bound.contains($0.target) }
        let ready = missing.filter { isMounted($0, in: world) }
        var status = bsp.status
        let isDone = missing.isEmpty
        status.conditions.set(
            "Mounted", isDone ? .yes : .no, reason: isDone ? "Bound" : "Waiting",
            message: isDone ? "" : "not there yet: \(missing.map(\.target).joined(separator: ", "))", at: world.wall)
        return Plan(status: status == bsp.status ? nil : status, actions: ready.map { .bind($0) })
    }

    private func bindings(of spec: BSP.Spec) -> [Binding] {
        [(spec.modules, layout.kernelModules), (spec.firmware, layout.firmware)].compactMap { image, target in
            image.map { Binding(source: layout.mountPoint(container: BSP.owner, volume: $0), target: target) }
        }
    }

    private func isMounted(_ binding: Binding, in world: World) -> Bool {
        world.all(Volume.self).contains { volume in
            volume.spec.container == BSP.owner && volume.status.isMounted == true
                && volume.status.mountPoint == binding.source && !volume.metadata.isBeingDeleted
        }
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<BSP> {
        switch action {
        case .observe(let bindings):
            var bound: [String] = []
            for binding in bindings where try await mounts.observe(binding.target) != nil {
                bound.append(binding.target)
            }
            return Facts { [bound] in $0.bound = bound }
        case .bind(let binding):
            _ = try await mounts.mount(.bind(source: binding.source, isReadOnly: true), at: binding.target)
            return Facts { $0.bound = ($0.bound ?? []).filter { $0 != binding.target } + [binding.target] }
        case .unbind(let target):
            try await mounts.unmount(target)
            return Facts { $0.bound = $0.bound?.filter { $0 != target } }
        }
    }
}
