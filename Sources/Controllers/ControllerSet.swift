package import Drivers
package import Engine
import Model

/// Every effect the controllers need; made of Linux drivers on a device and of fakes offline.
package struct DriverSet: Sendable {
    package var containers: any ContainerDriver
    package var mounts: any MountDriver
    package var storage: any StorageDriver
    package var bootloader: any BootloaderDriver
    package var journal: any JournalDriver
    package var hooks: any HookDriver
    package var meta: any MetaDriver
    package var modules: any KernelModuleDriver
    package var power: any PowerDriver

    package init(
        containers: any ContainerDriver, mounts: any MountDriver, storage: any StorageDriver,
        bootloader: any BootloaderDriver, journal: any JournalDriver, hooks: any HookDriver, meta: any MetaDriver,
        modules: any KernelModuleDriver, power: any PowerDriver
    ) {
        self.containers = containers
        self.mounts = mounts
        self.storage = storage
        self.bootloader = bootloader
        self.journal = journal
        self.hooks = hooks
        self.meta = meta
        self.modules = modules
        self.power = power
    }
}

/// What the device's configuration says, by who needs to know.
package struct DeviceSettings: Sendable, Equatable {
    package var containers: ContainerSettings
    package var rollouts = RolloutSettings()
    package var storage = StorageSettings()
    package var configuration = ConfigurationSettings()

    package init(containers: ContainerSettings) {
        self.containers = containers
    }

    package var layout: Layout { containers.layout }
}

/// All controllers of the device.
///
/// A new one is one more line here.
package func deviceControllers(_ drivers: DriverSet, settings: DeviceSettings) -> [AnyController] {
    let layout = settings.layout
    let rollouts = settings.rollouts
    let documents = RevisionDocuments(options: rollouts.state)
    return [
        AnyController(DeviceController(drivers: DeviceDrivers(drivers), layout: layout)),
        AnyController(DesiredRevisionController()),
        AnyController(
            RolloutController(drivers: drivers, layout: layout, documents: documents, settings: rollouts)),
        AnyController(
            RevisionController(storage: drivers.storage, layout: layout, documents: documents, settings: rollouts)),
        AnyController(ObjectController(storage: drivers.storage, layout: layout, settings: rollouts)),
        AnyController(StorageController(storage: drivers.storage, settings: settings.storage)),
        AnyController(
            ConfigController(
                storage: drivers.storage, journal: drivers.journal, layout: layout, settings: settings.configuration)),
        AnyController(BSPController(mounts: drivers.mounts, layout: layout)),
        AnyController(ModuleController(drivers.modules)),
        AnyController(GroupController()),
        AnyController(MetaController<UserMeta>(drivers.meta)),
        AnyController(MetaController<DeviceMeta>(drivers.meta)),
        AnyController(
            VolumeController(mounts: drivers.mounts, layout: layout, checksObjects: rollouts.checksObjects)),
        AnyController(
            ContainerController(
                containers: drivers.containers, journal: drivers.journal, settings: settings.containers)),
    ]
}
