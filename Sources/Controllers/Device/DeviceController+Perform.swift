package import Drivers
import Engine
import JSON
import Model

/// The drivers that concern the device as a whole.
package struct DeviceDrivers: Sendable {
    let containers: any ContainerDriver
    let mounts: any MountDriver
    let journal: any JournalDriver
    let power: any PowerDriver

    package init(
        containers: any ContainerDriver, mounts: any MountDriver, journal: any JournalDriver, power: any PowerDriver
    ) {
        self.containers = containers
        self.mounts = mounts
        self.journal = journal
        self.power = power
    }
}

extension DeviceController {
    func recall() async throws(DriverError) -> Facts<Device> {
        let record = try await drivers.journal.record(Self.journalName)
        let names = (record?.array ?? []).compactMap(\.string)
        return Facts { $0.stoppedContainers = names }
    }

    func sweep(keeping containers: Set<String>, mounts: Set<String>) async throws(DriverError) {
        for name in try await drivers.containers.list() where !containers.contains(name) {
            try await drivers.containers.stop(name, grace: .seconds(5))
        }
        for target in try await drivers.mounts.list(under: layout.volumes) where !mounts.contains(target) {
            try await drivers.mounts.unmount(target)
        }
    }
}
