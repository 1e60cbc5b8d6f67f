import Drivers
import FakeDrivers
import JSON
import Model
import Simulator
import Store

/// Watches a life of updates for what must never be.
final class UpdateWitness {
    private(set) var problems: [String] = []
    private let bad: Set<String>
    private var boots = 1
    /// What the device may come up with when it starts again now.
    private var allowed: Set<String> = []

    init(_ updates: [Update]) {
        bad = Set(updates.filter { !$0.isGood }.map(\.revision))
    }

    func look(at simulation: Simulation) {
        let world = simulation.world
        if simulation.boots != boots {
            boots = simulation.boots
            if !allowed.isEmpty, !allowed.contains(world.booted) {
                report("it came up with \(world.booted), a third state beside \(allowed.sorted())", simulation)
            }
            return
        }
        let boot = world.boot.state
        if bad.contains(boot.revision) {
            report("the loader is to come back to \(boot.revision), which is bad", simulation)
        }
        remember(simulation, boot)
    }

    private func remember(_ simulation: Simulation, _ boot: BootState) {
        guard let snapshot = simulation.store?.snapshot(),
            let device = snapshot.get(Device.self, Device.selfName)?.status, let current = device.currentRevision
        else { return }
        let active = snapshot.all(Rollout.self).first { !$0.status.isFinished && $0.status.step != .pending }
        allowed = [current, boot.revision]
        if let target = active?.status.target { allowed.insert(target) }
        if let tried = boot.tryRevision { allowed.insert(tried) }
        guard let active, active.status.step == .rebooting, active.status.failure == nil, let from = active.status.from,
            active.status.target != from, !active.status.isReturn, isProved(from, snapshot)
        else { return }
        // The old or the new one: not what was there before the old one.
        allowed = [from, active.status.target ?? from]
        if boot.revision != from, boot.tryRevision != nil {
            report("while \(from) is being left, the loader would come back to \(boot.revision)", simulation)
        }
    }

    private func isProved(_ revision: String, _ snapshot: Snapshot) -> Bool {
        let phase = snapshot.get(Revision.self, Revision.resourceName(of: revision))?.status.phase
        return phase == .done || phase == .updated
    }

    private func report(_ problem: String, _ simulation: Simulation) {
        guard problems.count < 8, problems.last != problem else { return }
        problems.append(problem)
    }
}
