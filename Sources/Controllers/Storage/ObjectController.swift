package import Drivers
package import Engine
package import Model
import StateFormat
import Synchronization

/// Holds the objects that are needed against their names, and removes the files of those that go.
package struct ObjectController: Controller {
    package typealias Subject = Object

    package enum Action: Sendable, Equatable, CustomStringConvertible {
        case verify(String, upload: Int)
        case remove(String)

        package var description: String {
            switch self {
            case .verify(let name, _): "verify object \(name)"
            case .remove(let name): "remove object \(name)"
            }
        }
    }

    package static let name = "object"
    package static let inputs: [Input] = [
        .mapping(Revision.self) { _, world in world.all(Object.self).map(\.name) },
        .mapping(Device.self) { _, world in unverified(world) },
        .mapping(Rollout.self) { _, world in unverified(world) },
    ]
    package static let outputs: [Output] = [.status(of: Object.self)]

    private let storage: any StorageDriver
    private let layout: Layout
    private let checksObjects: Bool
    private let names = ObjectNames()

    package init(storage: any StorageDriver, layout: Layout, settings: RolloutSettings) {
        self.storage = storage
        self.layout = layout
        checksObjects = settings.checksObjects
    }

    private static func unverified(_ world: World) -> [String] {
        world.all(Object.self).filter { $0.status.isVerified == nil }.map(\.name)
    }

    package func plan(_ object: Resource<Object>, in world: World) -> Plan<Object, Action> {
        if object.metadata.isBeingDeleted {
            return object.status.isRemoved ? Plan(finalizers: []) : Plan(actions: [.remove(object.name)])
        }
        var status = object.status
        if status.verifiedUpload != object.spec.uploads { status.isVerified = nil }
        let users = world.all(Revision.self).filter { names.of($0).contains(object.name) }
        status.references = users.count
        status.describe(at: world.wall)
        let isNeeded = checksObjects && users.contains { world.isInUse($0) }
        let mustLook = isNeeded && status.isVerified == nil
        return Plan(
            status: status == object.status ? nil : status,
            actions: mustLook ? [.verify(object.name, upload: object.spec.uploads)] : [])
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<Object> {
        switch action {
        case .verify(let name, let upload):
            let isSound = try await storage.verify(name)
            return Facts { status in
                status.isVerified = isSound
                status.verifiedUpload = upload
            }
        case .remove(let name):
            try await storage.remove(layout.object(name))
            return Facts { $0.isRemoved = true }
        }
    }
}

extension Object.Status {
    fileprivate mutating func describe(at now: Timestamp) {
        switch isVerified {
        case true: conditions.set("Verified", .yes, reason: "Matches", at: now)
        case false:
            conditions.set(
                "Verified", .no, reason: "Damaged", message: "its bytes are not what its name says; upload it again",
                at: now)
        case nil: conditions.set("Verified", .unknown, reason: "NotChecked", at: now)
        }
    }
}

extension World {
    /// Whether something of a revision is used now, or is about to be.
    fileprivate func isInUse(_ revision: Resource<Revision>) -> Bool {
        let name = revision.spec.revision
        if let device = get(Device.self, Device.selfName), device.status.currentRevision == name { return true }
        return all(Rollout.self).contains { !$0.status.isFinished && ($0.status.target ?? $0.spec.revision) == name }
    }
}

/// The objects that each revision names, found once for each document.
final class ObjectNames: Sendable {
    private let known = Mutex<[String: Set<String>]>([:])

    func of(_ revision: Resource<Revision>) -> Set<String> {
        let uid = revision.metadata.uid
        if let names = known.withLock({ $0[uid] }), !uid.isEmpty { return names }
        let names = objectNames(in: revision.spec.state)
        known.withLock { known in
            // Revisions are immutable, and few; what is gone is forgotten when there are too many.
            if known.count >= 256 { known = [:] }
            known[uid] = names
        }
        return names
    }
}
