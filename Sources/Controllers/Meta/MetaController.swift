package import Drivers
package import Engine
package import Model

/// Keeps metadata on the storage, and shows it to containers as files: all of it to those with the mgmt role, to others
/// what is meant for them.
package struct MetaController<K: MetaKind>: Controller {
    package typealias Subject = K

    package enum Action: Sendable, Equatable, CustomStringConvertible {
        case save(key: String, value: String?)
        case show(directory: String, files: [String: String]?)

        package var description: String {
            switch self {
            case .save(let key, .some): "save \(key)"
            case .save(let key, nil): "forget \(key)"
            case .show(let directory, .some): "show \(directory)"
            case .show(let directory, nil): "hide \(directory)"
            }
        }
    }

    package static var name: String { K.descriptor.singular }
    package static var inputs: [Input] {
        let containers = Input.mapping(Container.self) { container, world in
            let isShown = world.get(K.self, K.selfName)?.status.shown[directory(of: container.name)] != nil
            return isShown && !container.metadata.isBeingDeleted ? [] : [K.selfName]
        }
        guard K.self == DeviceMeta.self else { return [containers] }
        return [
            containers, .mapping(Device.self) { _, _ in [K.selfName] }, .mapping(Storage.self) { _, _ in [K.selfName] },
            .mapping(Group.self) { _, _ in [K.selfName] },
        ]
    }
    package static var outputs: [Output] { [.status(of: K.self)] }

    private let driver: any MetaDriver

    package init(_ driver: any MetaDriver) {
        self.driver = driver
    }

    static func directory(of container: String) -> String { "\(K.directory).\(container)" }

    package func plan(_ meta: Resource<K>, in world: World) -> Plan<K, Action> {
        let data = meta.spec.data
        var status = meta.status
        if K.self == DeviceMeta.self { status.facts.merge(world.deviceFacts) { $1 } }
        status.order.removeAll { data[$0] == nil }
        let known = Set(status.order)
        status.order += data.keys.filter { !known.contains($0) }.sorted()
        let saving: [Action] = Set(data.keys).union(status.saved.keys).sorted()
            .filter { data[$0] != status.saved[$0] }
            .map { .save(key: $0, value: data[$0]) }
        let isSaved = saving.isEmpty
        status.conditions.set(
            "Saved", isSaved ? .yes : .no, reason: isSaved ? "Saved" : "Saving",
            message: isSaved ? "" : "not on the storage yet: \(saving.count) keys", at: world.wall)
        // Showing first: a storage that is full must not keep containers from starting.
        return Plan(
            status: status == meta.status ? nil : status, actions: showing(meta, status, in: world) + saving)
    }

    private func showing(_ meta: Resource<K>, _ status: MetaStatus, in world: World) -> [Action] {
        let all = status.visible(meta.spec)
        var wanted = [K.directory: Dictionary(all.map { (MetaSpec.fileName(ofKey: $0), $1) }) { $1 }]
        for container in world.all(Container.self) where !container.metadata.isBeingDeleted {
            wanted[Self.directory(of: container.name)] = MetaSpec.files(of: container.name, in: all)
        }
        // A container that is being stopped may still look.
        let kept = Set(world.all(Container.self).map { Self.directory(of: $0.name) })
        let old = status.shown.keys.filter { wanted[$0] == nil && !kept.contains($0) }.sorted()
        return wanted.sorted { $0.key < $1.key }
            .filter { status.shown[$0.key] != $0.value }
            .map { .show(directory: $0.key, files: $0.value) } + old.map { .show(directory: $0, files: nil) }
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<K> {
        switch action {
        case .save(let key, let value):
            try await driver.save(value, for: key, of: K.directory)
            return Facts { $0.saved[key] = value }
        case .show(let directory, let files):
            try await driver.show(files, in: directory)
            return Facts { $0.shown[directory] = files }
        }
    }
}

extension World {
    /// What Pantavisor says of the device, as far as resources tell it (`spec/runtime-behaviour.md` §13).
    fileprivate var deviceFacts: [String: String] {
        var facts: [String: String] = [:]
        if let device = get(Device.self, Device.selfName) {
            facts["pantavisor.mode"] = device.spec.mode.rawValue
            facts["pantavisor.revision"] = device.status.currentRevision
            let lowest = all(Group.self).map(\.status.phase).min { $0.rank < $1.rank }
            facts["pantavisor.status"] = (lowest ?? .ready).rawValue
            facts["pantavisor.version"] = device.status.version
        }
        if let storage = get(Storage.self, Storage.selfName)?.status, let total = storage.total, let free = storage.free
        {
            facts["storage"] =
                "{\"total\":\(total),\"free\":\(free),\"reserved\":\(storage.reserved)"
                + ",\"real_free\":\(storage.available ?? 0)}"
        }
        return facts
    }
}
