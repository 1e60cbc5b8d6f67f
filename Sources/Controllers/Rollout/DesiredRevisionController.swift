package import Drivers
package import Engine
package import Model

/// Turns what is wanted of the device into attempts: the declared revision, and the way back when what runs is damaged.
///
/// One attempt for each wish: what failed is tried again only when somebody wants it anew.
package struct DesiredRevisionController: Controller {
    package typealias Subject = Device

    /// It only writes resources.
    package enum Action: Sendable, Equatable, CustomStringConvertible {
        package var description: String { "" }
    }

    package static let name = "desired-revision"
    package static let inputs: [Input] = [
        .mapping(Revision.self) { _, _ in [Device.selfName] },
        .mapping(Rollout.self) { _, _ in [Device.selfName] },
    ]
    package static let outputs: [Output] = [.spec(of: Rollout.self)]

    /// How many attempts that are over are kept to be looked at.
    private static let history = 16
    private static let wishAnnotation = "pantavisor.io/wish"

    package init() {}

    package func plan(_ device: Resource<Device>, in world: World) -> Plan<Device, Action> {
        let rollouts = world.all(Rollout.self)
        var plan = Plan<Device, Action>(writes: superfluous(rollouts).map { .delete($0.key) })
        guard let current = device.status.currentRevision, device.status.isSwept, !device.isGoingDown,
            rollouts.allSatisfy(\.status.isFinished)
        else { return plan }
        if let attempt = desired(device, current, in: world) ?? repair(device, current, in: world) {
            plan.writes.append(.apply(AnyResource(attempt)))
        }
        return plan
    }

    /// An attempt at the declared revision, unless it runs, or was tried for this very wish.
    private func desired(_ device: Resource<Device>, _ current: String, in world: World) -> Resource<Rollout>? {
        guard let desired = device.spec.desiredRevision, desired != current,
            let revision = world.get(Revision.self, Revision.resourceName(of: desired)),
            !revision.metadata.isBeingDeleted
        else { return nil }
        return attempt(
            named: "\(revision.name)-\(device.metadata.generation)", .init(revision: desired),
            wish: "\(device.metadata.generation) \(revision.metadata.uid)", in: world)
    }

    /// The way back from a running revision whose objects are damaged, when there is one.
    private func repair(_ device: Resource<Device>, _ current: String, in world: World) -> Resource<Rollout>? {
        guard let revision = world.get(Revision.self, Revision.resourceName(of: current)),
            revision.status.conditions["ObjectsSound"]?.status == .no,
            let kept = device.status.rollbackRevision, kept != current
        else { return nil }
        return attempt(
            named: "\(revision.name)-damaged", .init(revision: kept, action: .rollback),
            wish: revision.metadata.uid, in: world)
    }

    private func attempt(
        named name: String, _ spec: Rollout.Spec, wish: String, in world: World
    ) -> Resource<Rollout>? {
        let wishes = world.all(Rollout.self).compactMap { $0.metadata.annotations[Self.wishAnnotation] }
        guard !wishes.contains(wish), world.get(Rollout.self, name) == nil else { return nil }
        var rollout = Resource<Rollout>(name: name, spec: spec)
        rollout.metadata.annotations[Self.wishAnnotation] = wish
        rollout.metadata.finalizers = [Rollout.finalizer]
        return rollout
    }

    /// The oldest of those that are over, beyond what is kept.
    private func superfluous(_ rollouts: [Resource<Rollout>]) -> [Resource<Rollout>] {
        let over = rollouts.filter { $0.status.isFinished && !$0.metadata.isBeingDeleted }
            .sorted { ($0.status.stepSince ?? .zero, $0.name) > ($1.status.stepSince ?? .zero, $1.name) }
        return Array(over.dropFirst(Self.history))
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<Device> {}
}
