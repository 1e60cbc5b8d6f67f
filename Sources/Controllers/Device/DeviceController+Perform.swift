import Drivers
import Engine
import JSON
import Model

/// The drivers that concern the device as a whole.
package struct DeviceDrivers: Sendable {
    let containers: any ContainerDriver
    let mounts: any MountDriver
    let storage: any StorageDriver
    let journal: any JournalDriver
    let bootloader: any BootloaderDriver
    let hooks: any HookDriver
    let power: any PowerDriver

    package init(_ drivers: DriverSet) {
        containers = drivers.containers
        mounts = drivers.mounts
        storage = drivers.storage
        journal = drivers.journal
        bootloader = drivers.bootloader
        hooks = drivers.hooks
        power = drivers.power
    }
}

extension DeviceController {
    func recall() async throws(DriverError) -> Facts<Device> {
        let stopped = try await drivers.journal.record(Self.stoppedRecord)
        let current = try await drivers.journal.record(Self.currentRecord)?.string
        let hooks = try await drivers.journal.record(Self.hooksRecord)?.array?.compactMap(\.string)
        let names = (stopped?.array ?? []).compactMap(\.string)
        return Facts { status in
            status.stoppedContainers = names
            status.journaledRevision = current
            status.hooks = hooks ?? []
            status.currentRevision = current ?? status.bootedRevision
        }
    }

    /// `system-start` is waited for, and ends the boot when it fails; nothing of the device waits for later ones.
    ///
    /// They are run again when the runtime dies before that is written down.
    func run(_ point: HookPoint, _ context: HookContext) async throws(DriverError) -> Facts<Device> {
        var failure: String?
        if point == .systemStart {
            do throws(DriverError) {
                try await drivers.hooks.run(point, context)
            } catch {
                failure = "\(error)"
            }
        } else {
            try await drivers.hooks.begin(point, context)
        }
        let done = try await drivers.journal.record(Self.hooksRecord)?.array?.compactMap(\.string) ?? []
        let all = done.filter { $0 != point.rawValue } + [point.rawValue]
        try await drivers.journal.write(.array(all.map { .string($0) }), as: Self.hooksRecord)
        return Facts { [failure] status in
            status.hooks = all
            status.rebootReason = status.rebootReason ?? failure
        }
    }

    func remember(_ failures: [Device.Failure]) async throws(DriverError) -> Facts<Device> {
        let document: JSONValue
        do {
            document = try JSONValue(encoding: failures)
        } catch {
            throw DriverError("RememberFailures", layout.failures, "\(error)")
        }
        try await drivers.storage.writeDurably(document.compactBytes(), to: layout.failures)
        return Facts { $0.writtenFailures = failures }
    }

    func readLoader(after writes: String) async throws(DriverError) -> Facts<Device> {
        let state = try await drivers.bootloader.state()
        return Facts { status in
            status.rollbackRevision = state.revision
            status.tryRevision = state.tryRevision
            status.rebootArgument = state.rebootArgument
            status.loaderWrites = writes
        }
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
