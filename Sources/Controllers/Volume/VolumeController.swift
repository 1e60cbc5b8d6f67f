package import Drivers
package import Engine
package import Model

/// Mounts a container's volumes once its group's gate is open, and unmounts them when nobody uses them any more.
package struct VolumeController: Controller {
    package typealias Subject = Volume

    package enum Action: Sendable, Equatable, CustomStringConvertible {
        /// Looks what is mounted, and whether that is what is asked for.
        case observe(Volume.Spec, at: String)
        case mount(MountRequest, of: Volume.Spec, at: String)
        case unmount(String)

        package var description: String {
            switch self {
            case .observe(_, let target): "observe \(target)"
            case .mount(_, _, let target): "mount \(target)"
            case .unmount(let target): "unmount \(target)"
            }
        }
    }

    package static let name = "volume"
    package static let inputs: [Input] = [
        .mapping(Container.self) { container, world in
            world.all(Volume.self).filter { $0.spec.container == container.name }.map(\.name)
        },
        .mapping(BSP.self) { _, world in
            world.all(Volume.self).filter { $0.spec.container == BSP.owner }.map(\.name)
        },
        .mapping(Group.self) { _, world in world.all(Volume.self).map(\.name) },
        .mapping(Device.self) { _, world in world.all(Volume.self).map(\.name) },
        .mapping(Object.self) { object, world in
            world.all(Volume.self).filter { $0.spec.object == object.name }.map(\.name)
        },
    ]
    package static let outputs: [Output] = [.status(of: Volume.self)]

    private let mounts: any MountDriver
    private let layout: Layout
    private let checksObjects: Bool

    /// `checksObjects` tells whether an image must be what its name says before it is mounted.
    package init(mounts: any MountDriver, layout: Layout, checksObjects: Bool) {
        self.mounts = mounts
        self.layout = layout
        self.checksObjects = checksObjects
    }

    package func plan(_ volume: Resource<Volume>, in world: World) -> Plan<Volume, Action> {
        let target = layout.mountPoint(container: volume.spec.container, volume: volume.spec.volume)
        guard let isMounted = volume.status.isMounted else { return Plan(actions: [.observe(volume.spec, at: target)]) }
        let user = VolumeUser(of: volume, in: world)
        if volume.metadata.isBeingDeleted {
            if user.isUsing || user.isGoing { return .nothing }
            return isMounted ? Plan(actions: [.unmount(target)]) : Plan(finalizers: [])
        }
        if isMounted {
            guard volume.status.mountedObject == volume.spec.object || user.isUsing else {
                return Plan(actions: [.unmount(target)])
            }
            return volume.saying(.yes, "Mounted", "", at: world.wall)
        }
        guard user.mayUse else {
            return volume.saying(.no, "Waiting", "its container's group is not open yet", at: world.wall)
        }
        if let objection = objection(to: volume.spec, in: world) {
            return volume.saying(.no, objection.reason, objection.message, at: world.wall)
        }
        do throws(NotSupported) {
            let request = try request(for: volume.spec)
            return Plan(actions: [.mount(request, of: volume.spec, at: target)])
        } catch {
            return volume.saying(.no, "NotSupported", error.message, at: world.wall)
        }
    }

    private func objection(to spec: Volume.Spec, in world: World) -> (reason: String, message: String)? {
        guard checksObjects, let name = spec.object else { return nil }
        switch world.get(Object.self, name)?.status.isVerified {
        case true: return nil
        case false: return ("Damaged", "object \(name) is not what its name says; upload it again")
        case nil: return ("Checking", "object \(name) is being held against its name")
        }
    }

    private func file(of spec: Volume.Spec) -> String {
        "\(layout.trail(spec.revision))/\(spec.container)/\(spec.volume)"
    }

    private struct NotSupported: Error { let message: String }

    private func request(for spec: Volume.Spec) throws(NotSupported) -> MountRequest {
        if let handler = spec.handler {
            throw NotSupported(message: "the handler \"\(handler)\" is not supported by this version")
        }
        if let disk = spec.disk {
            throw NotSupported(message: "disk \"\(disk)\" cannot be opened by this version; it would not be encrypted")
        }
        switch spec.source {
        case .image:
            return .image(file: file(of: spec), filesystem: spec.filesystem ?? "squashfs")
        case .file, .directory:
            // Read-only: the trail's files are the objects themselves.
            return .bind(source: file(of: spec), isReadOnly: true)
        case .permanent:
            let source = layout.permanent(container: spec.container, volume: spec.volume)
            return .bind(source: source, isReadOnly: false)
        case .revision:
            let source = layout.perRevision(spec.revision, container: spec.container, volume: spec.volume)
            return .bind(source: source, isReadOnly: false)
        case .boot: return .memory(maximumBytes: nil)
        }
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<Volume> {
        switch action {
        case .observe(let spec, let target):
            let found = try await mounts.observe(target)
            let isWanted = found?.source == file(of: spec)
            let revision = found.flatMap {
                layout.revision(ofSource: $0.source, container: spec.container, volume: spec.volume)
            }
            return Facts { status in
                status.isMounted = found != nil
                status.mountPoint = found == nil ? nil : target
                status.mountedObject = isWanted ? spec.object : nil
                status.mountedRevision = revision
                status.loopDevice = found?.loopDevice
            }
        case .mount(let request, let spec, let target):
            let made = try await mounts.mount(request, at: target)
            return Facts { status in
                status.isMounted = true
                status.mountPoint = target
                status.loopDevice = made.loopDevice
                status.mountedObject = spec.object
                status.mountedRevision = spec.revision
            }
        case .unmount(let target):
            try await mounts.unmount(target)
            return Facts { status in
                status.isMounted = false
                status.mountPoint = nil
                status.loopDevice = nil
                status.mountedObject = nil
                status.mountedRevision = nil
            }
        }
    }
}

extension Resource<Volume> {
    /// A plan that only says how it stands.
    fileprivate func saying(
        _ state: Condition.Status, _ reason: String, _ message: String, at now: Timestamp
    ) -> Plan<Volume, VolumeController.Action> {
        var status = status
        status.conditions.set("Mounted", state, reason: reason, message: message, at: now)
        return Plan(status: status == self.status ? nil : status)
    }
}
