package import Drivers
package import Engine
package import Model

/// Brings a container to its goal once its group's gate is open, and keeps it there as its recovery policy says.
///
/// Processes come and go as facts: `inspect` and `start` say that one runs, exits say that it ended. Everything else is
/// decided here from those facts, so that a runtime that died takes up where it was.
package struct ContainerController: Controller {
    package typealias Subject = Container

    package enum Action: Sendable, Equatable, CustomStringConvertible {
        /// Looks whether it runs already, and what the journal knows of it.
        case inspect(String)
        case start(ContainerLaunch, digest: String)
        case stop(String, within: Duration)
        case remember(Container.Record, of: String)
        case forget(String)

        package var description: String {
            switch self {
            case .inspect(let name): "inspect \(name)"
            case .start(let launch, _): "start \(launch.name)"
            case .stop(let name, let grace): "stop \(name) within \(grace)"
            case .remember(_, let name): "remember \(name)"
            case .forget(let name): "forget \(name)"
            }
        }
    }

    package static let name = "container"
    package static let inputs: [Input] = [
        .mapping(Volume.self) { volume, _ in [volume.spec.container] },
        .mapping(Group.self) { group, world in
            world.all(Container.self).filter { $0.spec.group == group.name }.map(\.name)
        },
        .mapping(BSP.self) { _, world in world.all(Container.self).map(\.name) },
        .mapping(Module.self) { module, _ in Array(module.spec.containers.keys) },
        .mapping(Device.self) { _, world in world.all(Container.self).map(\.name) },
        .reading(Config.self),
        .mapping(UserMeta.self) { _, world in waiting(world) },
        .mapping(DeviceMeta.self) { _, world in waiting(world) },
        .mapping(Container.self) { changed, world in
            guard changed.metadata.isBeingDeleted else { return [] }
            return world.all(Container.self).filter { $0.metadata.isBeingDeleted }.map(\.name)
        },
    ]
    package static let outputs: [Output] = [.status(of: Container.self)]

    private static func waiting(_ world: World) -> [String] {
        world.all(Container.self).filter { $0.status.phase == .blocked }.map(\.name)
    }

    private let containers: any ContainerDriver
    private let journal: any JournalDriver
    private let settings: ContainerSettings

    package init(containers: any ContainerDriver, journal: any JournalDriver, settings: ContainerSettings) {
        self.containers = containers
        self.journal = journal
        self.settings = settings
    }

    package func plan(_ container: Resource<Container>, in world: World) -> Plan<Container, Action> {
        guard container.status.process != .unknown else {
            return Plan(actions: [.inspect(container.name)])
        }
        let settings = settings.following(world.get(Config.self, Config.selfName))
        var step = ContainerStep(container, in: world, settings: settings)
        step.settleExit()
        if container.metadata.isBeingDeleted {
            return step.planRemoval()
        }
        if container.status.isRunning {
            step.planRunning()
        } else {
            step.planStart()
        }
        return step.finished()
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<Container> {
        switch action {
        case .inspect(let name): return try await inspect(name)
        case .start(let launch, let digest): return await start(launch, digest: digest)
        case .stop(let name, let grace):
            try await containers.stop(name, grace: grace)
            return .none
        case .remember(let record, let name):
            try await journal.write(try encode(record, name), as: name)
            return Facts { $0.journaled = record }
        case .forget(let name):
            try await journal.remove(name)
            return Facts { $0.journaled = nil }
        }
    }

    private func inspect(_ name: String) async throws(DriverError) -> Facts<Container> {
        let running = try await containers.inspect(name)
        let record = try decode(try await journal.record(name), name)
        return Facts { status in
            status.adopt(record, running: running)
        }
    }

    /// A start that fails counts as an exit, so that the recovery policy covers it too.
    private func start(_ launch: ContainerLaunch, digest: String) async -> Facts<Container> {
        do throws(DriverError) {
            let running = try await containers.start(launch)
            return Facts { $0.began(running, by: launch, with: digest) }
        } catch {
            return await failed(launch, digest: digest, error)
        }
    }

    /// It may have failed only to say that it succeeded; while that cannot be looked at, nothing is known.
    private func failed(_ launch: ContainerLaunch, digest: String, _ error: DriverError) async -> Facts<Container> {
        var process = Container.Process.unknown
        do throws(DriverError) {
            if let running = try await containers.inspect(launch.name) {
                return Facts { $0.began(running, by: launch, with: digest) }
            }
            process = .absent
        } catch {
            // The next plan looks again.
        }
        return Facts { [process] status in
            status.lastExit = Container.Exit(failure: error.detail)
            status.exits += 1
            status.process = process
            // It is these inputs that failed: giving up on them holds until they change.
            status.startedDigest = digest
            status.startedRevision = launch.revision
        }
    }
}
