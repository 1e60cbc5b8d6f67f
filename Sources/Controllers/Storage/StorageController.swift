package import Drivers
package import Engine
package import Model

/// Measures the storage and removes what nothing needs: on request, when space is short, or for a rollout.
///
/// A collection deletes resources; their own controllers remove the files.
package struct StorageController: Controller {
    package typealias Subject = Storage

    package enum Action: Sendable, Equatable, CustomStringConvertible {
        case measure

        package var description: String { "measure the storage" }
    }

    package static let name = "storage"
    package static let inputs: [Input] = [
        .mapping(Revision.self) { _, _ in [Storage.selfName] },
        .mapping(Object.self) { _, _ in [Storage.selfName] },
        .mapping(Rollout.self) { _, _ in [Storage.selfName] },
        .mapping(Device.self) { _, _ in [Storage.selfName] },
        .mapping(Config.self) { _, _ in [Storage.selfName] },
        .reading(Volume.self),
    ]
    package static let outputs: [Output] = [
        .status(of: Storage.self), .spec(of: Revision.self), .spec(of: Object.self),
    ]

    private let storage: any StorageDriver
    private let settings: StorageSettings
    private let names = ObjectNames()

    package init(storage: any StorageDriver, settings: StorageSettings) {
        self.storage = storage
        self.settings = settings
    }

    package func plan(_ storage: Resource<Storage>, in world: World) -> Plan<Storage, Action> {
        guard let total = storage.status.total, let free = storage.status.free else {
            return Plan(actions: [.measure])
        }
        guard let device = world.get(Device.self, Device.selfName), device.status.currentRevision != nil else {
            return .nothing
        }
        let settings = settings.following(world.get(Config.self, Config.selfName))
        var step = StorageStep(
            storage, in: world, waste: Waste(in: world, on: device, names: names, settings: settings),
            settings: settings)
        step.status.reserved = total / 100 * Int64(settings.reservedPercent)
        step.plan(free: free, of: total)
        let status = step.status
        return Plan(
            status: status == storage.status ? nil : status, writes: step.writes, actions: step.actions,
            events: step.events, requeueAt: step.wakeAt)
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<Storage> {
        let capacity = try await storage.capacity()
        return Facts { status in
            status.total = capacity.total
            status.free = capacity.free
            status.measurements += 1
        }
    }
}

/// What the device's configuration says about the storage.
package struct StorageSettings: Sendable, Equatable {
    /// Percent of the filesystem that updates must leave free (PV_STORAGE_GC_RESERVED).
    package var reservedPercent = 5
    /// Percent that must be free, else a collection is made; 0 = never (PV_STORAGE_GC_THRESHOLD).
    package var thresholdPercent = 0
    /// Seconds after an upload in which objects that no revision names are kept, and space being short makes no
    /// collection (PV_STORAGE_GC_THRESHOLD_DEFERTIME).
    package var deferTime = 600
    /// Whether the factory revision is kept for ever (PV_STORAGE_GC_KEEP_FACTORY).
    package var keepsFactory = false

    package init() {}

    /// With what the configuration says now.
    func following(_ config: Resource<Config>?) -> StorageSettings {
        var settings = self
        config?.take("PV_STORAGE_GC_RESERVED", into: &settings.reservedPercent)
        config?.take("PV_STORAGE_GC_THRESHOLD", into: &settings.thresholdPercent)
        config?.take("PV_STORAGE_GC_THRESHOLD_DEFERTIME", into: &settings.deferTime)
        config?.take("PV_STORAGE_GC_KEEP_FACTORY", into: &settings.keepsFactory)
        return settings
    }
}
