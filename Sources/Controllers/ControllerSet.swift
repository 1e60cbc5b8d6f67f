package import Drivers
package import Engine

/// Every effect the controllers need; made of Linux drivers on a device and of fakes offline.
package struct DriverSet: Sendable {
    package var containers: any ContainerDriver
    package var mounts: any MountDriver
    package var storage: any StorageDriver
    package var journal: any JournalDriver
    package var power: any PowerDriver

    package init(
        containers: any ContainerDriver, mounts: any MountDriver, storage: any StorageDriver,
        journal: any JournalDriver, power: any PowerDriver
    ) {
        self.containers = containers
        self.mounts = mounts
        self.storage = storage
        self.journal = journal
        self.power = power
    }
}

/// All controllers of the device.
///
/// A new one is one more line here.
package func deviceControllers(_ drivers: DriverSet, settings: ContainerSettings) -> [AnyController] {
    let device = DeviceDrivers(
        containers: drivers.containers, mounts: drivers.mounts, journal: drivers.journal, power: drivers.power)
    return [
        AnyController(DeviceController(drivers: device, layout: settings.layout)),
        AnyController(RevisionController(storage: drivers.storage)),
        AnyController(GroupController()),
        AnyController(VolumeController(mounts: drivers.mounts, layout: settings.layout)),
        AnyController(
            ContainerController(containers: drivers.containers, journal: drivers.journal, settings: settings)),
    ]
}
