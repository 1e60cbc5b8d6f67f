package import Drivers
package import Engine
import JSON
package import Model
import StateFormat

/// Turns the active revision into groups, containers and volumes, takes away what it no longer asks for, and says how
/// far each revision came.
///
/// Mark and sweep: everything the state document yields is applied; what carries this revision's label and was not
/// yielded is deleted. Containers and volumes go before the groups that order their stopping.
package struct RevisionController: Controller {
    package typealias Subject = Revision

    package enum Action: Sendable, Equatable, CustomStringConvertible {
        case checkOut(Trail)
        case markCurrent(String)
        case writeProgress(Rollout.Progress, of: String)
        case remove(String)

        package var description: String {
            switch self {
            case .checkOut(let trail): "check out \(trail.revision)"
            case .markCurrent(let revision): "mark \(revision) as current"
            case .writeProgress(let progress, let revision): "write \(progress.phase.rawValue) of \(revision)"
            case .remove(let revision): "remove \(revision)"
            }
        }
    }

    package static let revisionLabel = "pantavisor.io/revision"

    package static let name = "revision"
    package static let inputs: [Input] = [
        .mapping(Device.self) { _, world in world.all(Revision.self).map(\.name) },
        .mapping(Rollout.self) { _, world in world.all(Revision.self).map(\.name) },
        .mapping(Container.self) { container, _ in affected(container.metadata) },
        .mapping(Volume.self) { volume, _ in affected(volume.metadata) },
        .mapping(Group.self) { group, _ in affected(group.metadata) },
        .mapping(BSP.self) { bsp, _ in affected(bsp.metadata) },
        .mapping(Module.self) { module, _ in affected(module.metadata) },
        .mapping(Revision.self) { _, world in world.all(Revision.self).filter(\.isExpanded).map(\.name) },
        .mapping(Object.self) { _, world in
            world.get(Device.self, Device.selfName)?.status.currentRevision.map { [Revision.resourceName(of: $0)] }
                ?? []
        },
    ]
    package static let outputs: [Output] = [
        .status(of: Revision.self), .spec(of: Group.self), .spec(of: Container.self), .spec(of: Volume.self),
        .spec(of: BSP.self), .spec(of: Module.self),
    ]

    let storage: any StorageDriver
    let layout: Layout
    let documents: RevisionDocuments
    let checksObjects: Bool
    let kernelRelease: String?
    let driverScopes: [String]

    package init(
        storage: any StorageDriver, layout: Layout, documents: RevisionDocuments, settings: RolloutSettings
    ) {
        self.storage = storage
        self.layout = layout
        self.documents = documents
        checksObjects = settings.checksObjects
        kernelRelease = settings.kernelRelease
        driverScopes = settings.driverScopes
    }

    /// Changes of what it made concern a revision only when something goes away.
    private static func affected(_ metadata: Metadata) -> [String] {
        guard metadata.isBeingDeleted, let name = metadata.labels[revisionLabel] else { return [] }
        return [name]
    }

    package func plan(_ revision: Resource<Revision>, in world: World) -> Plan<Revision, Action> {
        guard let device = world.get(Device.self, Device.selfName) else { return .nothing }
        var status = revision.status
        let action = status.settle(revision, on: device, in: world)
        var plan = plan(revision, status, on: device, in: world)
        if let action { plan.actions.append(action) }
        if plan.status == nil, status != revision.status { plan.status = status }
        return plan
    }

    private func plan(
        _ revision: Resource<Revision>, _ status: Revision.Status, on device: Resource<Device>, in world: World
    ) -> Plan<Revision, Action> {
        guard device.status.currentRevision == revision.spec.revision, !device.isGoingDown else {
            return collapse(revision, status, on: device, in: world)
        }
        do throws(InvalidState) {
            return expand(revision, status, as: try documents.read(revision), on: device, in: world)
        } catch {
            var status = status
            let report = error.problems.prefix(20).map(\.description).joined(separator: "\n")
            status.conditions.set("Valid", .no, reason: "InvalidState", message: report, at: world.wall)
            status.conditions.set("Active", .no, reason: "InvalidState", at: world.wall)
            return Plan(status: revision.changed(to: status))
        }
    }

    private func expand(
        _ revision: Resource<Revision>, _ known: Revision.Status, as document: StateDocument,
        on device: Resource<Device>, in world: World
    ) -> Plan<Revision, Action> {
        var status = known
        if revision.metadata.isBeingDeleted { _ = status.explainRemoval(of: revision, on: device, in: world) }
        let warnings = document.warnings.prefix(20).map(\.description).joined(separator: "\n")
        status.conditions.set(
            "Valid", .yes, reason: warnings.isEmpty ? "Parsed" : "ParsedWithWarnings", message: warnings, at: world.wall
        )
        let name = revision.spec.revision
        guard status.isCheckedOut else {
            return Plan(
                status: revision.changed(to: status), actions: [.checkOut(document.trail(name)), .markCurrent(name)])
        }
        let findings = ObjectFindings(of: document, in: world, isChecked: checksObjects)
        status.conditions.set(
            "ObjectsSound", findings.state, reason: findings.reason, message: findings.message, at: world.wall)
        status.conditions.set("Active", .yes, reason: "Expanded", at: world.wall)
        let expansion = document.expansion(of: name, kernelRelease: kernelRelease, driverScopes: driverScopes)
        let wanted = expansion.resources(
            ownedBy: revision, keeping: world, stopped: Set(device.status.stoppedContainers ?? []),
            objections: findings.objections)
        let marked = Set(wanted.map(\.key))
        let stale = world.derived(from: revision).filter { !marked.contains($0.key) && !$0.metadata.isBeingDeleted }
        return Plan(
            status: revision.changed(to: status),
            writes: wanted.filter { world.differs(from: $0) }.map { .apply($0) } + stale.map { .delete($0.key) })
    }

    /// It is not the active revision (any more): what the active one does not take over goes, groups last.
    private func collapse(
        _ revision: Resource<Revision>, _ known: Revision.Status, on device: Resource<Device>, in world: World
    ) -> Plan<Revision, Action> {
        var status = known
        guard device.isGoingDown || world.successorIsExpanded(device) else {
            return Plan(status: revision.changed(to: status))
        }
        if status.conditions["Active"]?.status == .yes {
            status.conditions.set("Active", .no, reason: "NotCurrent", at: world.wall)
            // Who comes back to it makes sure that it is there, and says so in `trails/current`.
            status.isCheckedOut = false
        }
        let derived = world.derived(from: revision)
        guard derived.isEmpty else {
            let first = derived.filter { $0.kind != Group.descriptor.name }
            let going = first.isEmpty ? derived : first
            return Plan(
                status: revision.changed(to: status),
                writes: going.filter { !$0.metadata.isBeingDeleted }.map { .delete($0.key) })
        }
        return removal(revision, status, on: device, in: world)
    }
}

extension Resource<Revision> {
    /// Whether groups and containers were made of it.
    fileprivate var isExpanded: Bool { status.conditions["Active"]?.status == .yes }

    func changed(to status: Revision.Status) -> Revision.Status? { status == self.status ? nil : status }
}

extension World {
    /// Whether the revision that runs now has taken over what it shares with the one before.
    fileprivate func successorIsExpanded(_ device: Resource<Device>) -> Bool {
        guard let current = device.status.currentRevision,
            let successor = get(Revision.self, Revision.resourceName(of: current))
        else { return device.status.currentRevision != nil }
        let active = successor.status.conditions["Active"]
        return active?.status == .yes || active?.reason == "InvalidState"
    }
}
