import Controllers
import Drivers
import Engine
import JSON
import Model
import Store

/// Resources and worlds for plan tests.
enum Samples {
    static let layout = Layout(storage: "/storage", run: "/run/pv", volumes: "/volumes", exports: "/exports")
    static let settings = ContainerSettings(layout: layout)
    static let wall = Timestamp(seconds: 1_800_000_000)
    static let now = Instant(milliseconds: 100_000)

    static func device(_ change: (inout Resource<Device>) -> Void = { _ in }) -> Resource<Device> {
        var device = Resource<Device>(name: Device.selfName, spec: Device.Spec())
        device.status.currentRevision = "1"
        device.status.isSwept = true
        device.status.hooks = ["system-start", "system-done"]
        device.status.stoppedContainers = []
        device.status.journaledRevision = "1"
        change(&device)
        return device
    }

    /// An open group, if not changed.
    static func group(
        _ name: String = "app", order: Int = 0, _ change: (inout Resource<Group>) -> Void = { _ in }
    ) -> Resource<Group> {
        var group = Resource<Group>(name: name, spec: Group.Spec(order: order))
        group.status.openedAt = now
        group.status.behindSince = now
        change(&group)
        return group
    }

    /// A container that was looked for and does not run, if not changed.
    static func container(
        _ name: String = "web", group: String = "app", _ change: (inout Resource<Container>) -> Void = { _ in }
    ) -> Resource<Container> {
        var container = Resource<Container>(
            name: name,
            spec: Container.Spec(revision: "1", order: 0, group: group, config: "lxc.conf", inputsDigest: "d1"))
        container.metadata.finalizers = [Container.stopFinalizer]
        container.status.process = .absent
        change(&container)
        return container
    }

    static func running(
        _ name: String = "web", pid: Int = 42, _ change: (inout Resource<Container>) -> Void = { _ in }
    ) -> Resource<Container> {
        container(name) { container in
            container.status.process = .running
            container.status.pid = pid
            container.status.startedAt = now
            container.status.startedDigest = "d1"
            container.status.phase = .started
            change(&container)
        }
    }

    static func volume(
        _ name: String = "root.squashfs", of container: String = "web",
        _ change: (inout Resource<Volume>) -> Void = { _ in }
    ) -> Resource<Volume> {
        var volume = Resource<Volume>(
            name: Volume.resourceName(container: container, volume: name),
            spec: Volume.Spec(
                revision: "1", container: container, volume: name, source: .image, filesystem: "squashfs", object: "aa")
        )
        volume.metadata.finalizers = [Volume.unmountFinalizer]
        volume.status.isMounted = false
        change(&volume)
        return volume
    }

    /// An object whose bytes match its name, if not changed.
    static func object(_ name: String, _ change: (inout Resource<Object>) -> Void = { _ in }) -> Resource<Object> {
        var object = Resource<Object>(name: name, spec: Object.Spec(size: 4096))
        object.status.isVerified = true
        object.status.verifiedUpload = 0
        change(&object)
        return object
    }

    static func world(_ resources: AnyResource..., at instant: Instant = now) -> World {
        World(Snapshot(of: resources), now: instant, wall: wall)
    }
}

extension Resource {
    var any: AnyResource { AnyResource(self) }

    /// The same resource, waiting for its finalizers.
    var going: Resource {
        var copy = self
        copy.metadata.deletionTimestamp = Samples.wall
        return copy
    }
}

/// Drivers for tests of plans, which must never call them.
struct NoDrivers: ContainerDriver, MountDriver, StorageDriver, JournalDriver, PowerDriver, BootloaderDriver, HookDriver,
    MetaDriver, KernelModuleDriver
{
    static let set = DriverSet(
        containers: NoDrivers(), mounts: NoDrivers(), storage: NoDrivers(), bootloader: NoDrivers(),
        journal: NoDrivers(), hooks: NoDrivers(), meta: NoDrivers(), modules: NoDrivers(), power: NoDrivers())

    private func refuse() -> DriverError { DriverError("Test", "", "a plan called a driver") }

    func loaded(of names: [String]) async throws(DriverError) -> Set<String> { throw refuse() }
    func begin(_ point: HookPoint, _ context: HookContext) async throws(DriverError) { throw refuse() }
    func load(_ module: KernelModule) async throws(DriverError) { throw refuse() }
    func unload(_ name: String) async throws(DriverError) { throw refuse() }
    func inspect(_ name: String) async throws(DriverError) -> RunningContainer? { throw refuse() }
    func list() async throws(DriverError) -> [String] { throw refuse() }
    func start(_ launch: ContainerLaunch) async throws(DriverError) -> RunningContainer { throw refuse() }
    func stop(_ name: String, grace: Duration) async throws(DriverError) { throw refuse() }
    func freeze(_ name: String) async throws(DriverError) { throw refuse() }
    func thaw(_ name: String) async throws(DriverError) { throw refuse() }
    func exec(_ request: ExecRequest, in name: String) async throws(DriverError) -> any ExecSession { throw refuse() }
    var exits: AsyncStream<ContainerExit> { AsyncStream { $0.finish() } }
    func observe(_ target: String) async throws(DriverError) -> MountObservation? { throw refuse() }
    func mount(_ request: MountRequest, at target: String) async throws(DriverError) -> MountObservation {
        throw refuse()
    }
    func unmount(_ target: String) async throws(DriverError) { throw refuse() }
    func list(under directory: String) async throws(DriverError) -> [String] { throw refuse() }
    func checkOut(_ trail: Trail) async throws(DriverError) -> [StoredObject] { throw refuse() }
    func markCurrent(_ revision: String) async throws(DriverError) { throw refuse() }
    func revisions() async throws(DriverError) -> [StoredRevision] { throw refuse() }
    func writeDurably(_ bytes: [UInt8], to path: String) async throws(DriverError) { throw refuse() }
    func read(_ path: String, limit: Int) async throws(DriverError) -> [UInt8]? { throw refuse() }
    func remove(_ path: String) async throws(DriverError) { throw refuse() }
    func record(_ name: String) async throws(DriverError) -> JSONValue? { throw refuse() }
    func write(_ record: JSONValue, as name: String) async throws(DriverError) { throw refuse() }
    func put(_ revision: NewRevision) async throws(DriverError) { throw refuse() }
    func removeRevision(_ revision: String) async throws(DriverError) { throw refuse() }
    func objects() async throws(DriverError) -> [StoredObject] { throw refuse() }
    func verify(_ object: String) async throws(DriverError) -> Bool { throw refuse() }
    func capacity() async throws(DriverError) -> StorageCapacity { throw refuse() }
    func state() async throws(DriverError) -> BootState { throw refuse() }
    func install(_ image: BootImage) async throws(DriverError) { throw refuse() }
    func setTry(_ revision: String, keeping: String) async throws(DriverError) { throw refuse() }
    func clearTry() async throws(DriverError) { throw refuse() }
    func commit(_ revision: String) async throws(DriverError) { throw refuse() }
    func saved(_ meta: String) async throws(DriverError) -> [String: String] { throw refuse() }
    func save(_ value: String?, for key: String, of meta: String) async throws(DriverError) { throw refuse() }
    func show(_ files: [String: String]?, in directory: String) async throws(DriverError) { throw refuse() }
    func run(_ point: HookPoint, _ context: HookContext) async throws(DriverError) { throw refuse() }
    func end(_ action: PowerAction, argument: String?, reason: String) async throws(DriverError) { throw refuse() }
}
