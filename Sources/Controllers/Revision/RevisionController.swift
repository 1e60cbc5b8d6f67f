package import Drivers
package import Engine
import JSON
package import Model
import StateFormat

/// Turns the active revision into groups, containers and volumes, and takes away what it no longer asks for.
///
/// Mark and sweep: everything the state document yields is applied; what carries this revision's label and was not
/// yielded is deleted. Containers and volumes go before the groups that order their stopping.
package struct RevisionController: Controller {
    package typealias Subject = Revision

    package enum Action: Sendable, Equatable, CustomStringConvertible {
        case checkOut(Trail)
        case markCurrent(String)

        package var description: String {
            switch self {
            case .checkOut(let trail): "check out \(trail.revision)"
            case .markCurrent(let revision): "mark \(revision) as current"
            }
        }
    }

    package static let revisionLabel = "pantavisor.io/revision"

    package static let name = "revision"
    package static let inputs: [Input] = [
        .mapping(Device.self) { _, world in world.all(Revision.self).map(\.name) },
        .mapping(Container.self) { container, _ in affected(container.metadata) },
        .mapping(Volume.self) { volume, _ in affected(volume.metadata) },
        .mapping(Group.self) { group, _ in affected(group.metadata) },
    ]
    package static let outputs: [Output] = [
        .status(of: Revision.self), .spec(of: Group.self), .spec(of: Container.self), .spec(of: Volume.self),
    ]

    private let storage: any StorageDriver
    private let reader = RevisionReader()

    package init(storage: any StorageDriver) {
        self.storage = storage
    }

    /// Changes of what it made concern a revision only when something goes away.
    private static func affected(_ metadata: Metadata) -> [String] {
        guard metadata.isBeingDeleted, let name = metadata.labels[revisionLabel] else { return [] }
        return [name]
    }

    package func plan(_ revision: Resource<Revision>, in world: World) -> Plan<Revision, Action> {
        guard let device = world.get(Device.self, Device.selfName),
            device.status.currentRevision == revision.spec.revision, !device.isGoingDown
        else { return collapse(revision, in: world) }
        do throws(InvalidState) {
            return expand(revision, as: try reader.read(revision), on: device, in: world)
        } catch {
            var status = revision.status
            let report = error.problems.prefix(20).map(\.description).joined(separator: "\n")
            status.conditions.set("Valid", .no, reason: "InvalidState", message: report, at: world.wall)
            status.conditions.set("Active", .no, reason: "InvalidState", at: world.wall)
            return Plan(status: revision.changed(to: status))
        }
    }

    private func expand(
        _ revision: Resource<Revision>, as reading: RevisionReader.Reading, on device: Resource<Device>, in world: World
    ) -> Plan<Revision, Action> {
        var status = revision.status
        let warnings = reading.state.warnings.prefix(20).map(\.description).joined(separator: "\n")
        status.conditions.set(
            "Valid", .yes, reason: warnings.isEmpty ? "Parsed" : "ParsedWithWarnings", message: warnings, at: world.wall
        )
        guard status.isCheckedOut else {
            let name = revision.spec.revision
            return Plan(
                status: revision.changed(to: status),
                actions: [.checkOut(reading.state.trail(name)), .markCurrent(name)])
        }
        // A container must not be created as running before it is known that no user stopped it.
        guard let stopped = device.status.stoppedContainers else {
            return Plan(status: revision.changed(to: status))
        }
        status.conditions.set("Active", .yes, reason: "Expanded", at: world.wall)
        let wanted = reading.expansion.resources(
            ownedBy: revision, keeping: world, stopped: Set(stopped))
        let marked = Set(wanted.map(\.key))
        let stale = world.derived(from: revision).filter { !marked.contains($0.key) && !$0.metadata.isBeingDeleted }
        return Plan(
            status: revision.changed(to: status),
            writes: wanted.filter { world.differs(from: $0) }.map { .apply($0) } + stale.map { .delete($0.key) })
    }

    /// It is not the active revision (any more): what it made goes, groups last.
    private func collapse(_ revision: Resource<Revision>, in world: World) -> Plan<Revision, Action> {
        var status = revision.status
        if status.conditions["Active"]?.status == .yes {
            status.conditions.set("Active", .no, reason: "NotCurrent", at: world.wall)
        }
        let derived = world.derived(from: revision)
        let first = derived.filter { $0.kind != Group.descriptor.name }
        let going = first.isEmpty ? derived : first
        return Plan(
            status: revision.changed(to: status),
            writes: going.filter { !$0.metadata.isBeingDeleted }.map { .delete($0.key) })
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<Revision> {
        switch action {
        case .checkOut(let trail):
            try await storage.checkOut(trail)
            return .none
        case .markCurrent(let revision):
            try await storage.markCurrent(revision)
            return Facts { $0.isCheckedOut = true }
        }
    }
}

extension Resource<Revision> {
    fileprivate func changed(to status: Revision.Status) -> Revision.Status? { status == self.status ? nil : status }
}
