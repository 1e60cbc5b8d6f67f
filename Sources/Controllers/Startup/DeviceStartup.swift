package import Drivers
import JSON
package import Model
import StateFormat

/// What storage, loader and journal say when a runtime starts, as the resources it starts with.
///
/// Reading has no effect, so a start that fails half-way is simply made again.
package struct DeviceStartup: Sendable {
    private let drivers: DriverSet
    private let layout: Layout
    private let booted: String

    /// - Parameter booted: the real name of the revision that the loader started.
    package init(drivers: DriverSet, layout: Layout, booted: String) {
        self.drivers = drivers
        self.layout = layout
        self.booted = booted
    }

    /// In the order they are to be created: the device last, because nothing moves before it is there.
    package func resources() async throws(DriverError) -> [AnyResource] {
        let stored = try await drivers.storage.revisions()
        let objects = try await drivers.storage.objects()
        let boot = try await drivers.bootloader.state()
        var device = Resource<Device>(name: Device.selfName, spec: Device.Spec())
        device.status.bootedRevision = booted
        device.status.rollbackRevision = boot.revision
        device.status.tryRevision = boot.tryRevision
        device.status.rebootArgument = boot.rebootArgument
        device.status.failures = try await failures()
        device.status.writtenFailures = device.status.failures
        var revisions: [Resource<Revision>] = []
        for revision in stored {
            do {
                revisions.append(try revision.resource())
            } catch {
                device.report("Unreadable", "revision \(revision.revision) cannot be read: \(error)", revision.revision)
            }
        }
        if !stored.contains(where: { $0.revision == booted }) {
            device.report("Missing", "revision \(booted) is not in \(layout.trails)", booted)
        }
        let rollout = try await resumed(boot, among: revisions)
        return revisions.map { AnyResource($0) } + objects.map { AnyResource($0.resource()) }
            + [AnyResource(Resource<Storage>(name: Storage.selfName, spec: Storage.Spec()))]
            + [try await config()]
            + [try await meta(UserMeta.self), try await meta(DeviceMeta.self)]
            + (rollout.map { [AnyResource($0)] } ?? []) + [AnyResource(device)]
    }

    private func config() async throws(DriverError) -> AnyResource {
        let record = try await drivers.journal.record(ConfigController.commandsRecord)?.object ?? [:]
        let commands = Dictionary(record.compactMap { key, value in value.string.map { (key, $0) } }) { $1 }
        var config = Resource<Config>(name: Config.selfName, spec: Config.Spec(commands: commands))
        config.status.journaled = commands
        return AnyResource(config)
    }

    private func meta<K: MetaKind>(_ kind: K.Type) async throws(DriverError) -> AnyResource {
        let saved = try await drivers.meta.saved(K.directory)
        var resource = Resource<K>(name: K.selfName, spec: MetaSpec(data: saved))
        resource.status.saved = saved
        return AnyResource(resource)
    }

    /// Nothing that is written there may keep a device from starting: a list that cannot be read is none.
    private func failures() async throws(DriverError) -> [Device.Failure] {
        guard let bytes = try await drivers.storage.read(layout.failures, limit: 1 << 20) else { return [] }
        return decode([Device.Failure].self, bytes) ?? []
    }

    /// The attempt that an earlier runtime, or an earlier boot, left unfinished.
    private func resumed(
        _ boot: BootState, among revisions: [Resource<Revision>]
    ) async throws(DriverError) -> Resource<Rollout>? {
        let journaled = try await drivers.journal.record(RolloutController.journalName)
        let tried = boot.tryRevision
        let attempt: [UInt8]?
        if let tried {
            attempt = try await drivers.storage.read(layout.attempt(tried), limit: 1 << 16)
        } else {
            attempt = nil
        }
        let resumption = Resumption(
            booted: booted, boot: boot, journaled: journaled.flatMap { decode(Rollout.Record.self, $0) },
            attempt: attempt.flatMap { decode(Rollout.Record.self, $0) })
        return resumption.rollout(among: revisions)
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) -> Value? {
        do throws(ManifestError) {
            return decode(type, try JSONValue(parsing: bytes))
        } catch {
            return nil
        }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ document: JSONValue) -> Value? {
        do throws(ManifestError) {
            return try document.decode(type)
        } catch {
            return nil
        }
    }
}

extension Resource<Device> {
    /// Tells of a revision that is no use, when it is the one to run.
    fileprivate mutating func report(_ reason: String, _ message: String, _ revision: String) {
        guard revision == status.bootedRevision else { return }
        status.conditions.append(
            Condition(type: "RevisionLoaded", status: .no, reason: reason, message: message))
    }
}

extension StoredObject {
    package func resource(uploadedAt: Instant? = nil) -> Resource<Object> {
        .stored(name, size: size, uploadedAt: uploadedAt)
    }
}
