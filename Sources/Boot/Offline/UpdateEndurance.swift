import Drivers
import Engine
import FakeDrivers
package import JSON
import Model
package import Simulator
import StateFormat
import Store

/// A life of a device with updates, good ones and bad ones, in which drivers fail and stall, the runtime dies and the
/// power goes at any step.
///
/// What comes of it is held against the invariants: the device always comes up with the revision it ran or the one it
/// was moving to, a bad revision is never committed and is left, nothing that is needed is collected, and in the end
/// all is quiet and ready.
package enum UpdateEndurance {
    /// What must never be and was, in sentences; a life that showed a problem is lived again with all its changes.
    package static func problems(of state: JSONValue, seed: UInt64) -> (problems: [String], simulation: Simulation) {
        let life = live(state, seed: seed, showsChanges: false)
        return life.problems.isEmpty ? life : live(state, seed: seed, showsChanges: true)
    }

    private static func live(
        _ state: JSONValue, seed: UInt64, showsChanges: Bool
    ) -> (problems: [String], simulation: Simulation) {
        var chance = SeededGenerator(seed: seed ^ 0x5eed)
        let patient = Endurance.patient(state)
        let simulation = DeviceSimulation.make(of: patient, seed: seed, faults: .hostile)
        simulation.reboots = true
        simulation.showsChanges = showsChanges
        simulation.world.setLoader(LoaderModel(LoaderModel.Kind.allCases[chance.draw(below: 3)]))
        let updates = Update.plan(patient, with: &chance)
        for update in updates { update.happen(in: simulation) }
        if chance.draw(below: 2) == 0 { simulation.collect(at: .seconds(100 + chance.draw(below: 400))) }
        let witness = UpdateWitness(updates)
        let acknowledge = simulation.afterStep
        simulation.afterStep = { simulation in
            acknowledge?(simulation)
            witness.look(at: simulation)
        }
        var problems = comesToRest(simulation)
        problems += stays(simulation, updates)
        return (simulation.world.violations + witness.problems + problems, simulation)
    }

    private static func comesToRest(_ simulation: Simulation) -> [String] {
        let ending = simulation.run(until: .seconds(6000))
        var problems: [String] = []
        if ending != .quiet { problems.append("it does not fall silent: \(ending)") }
        if !simulation.isReady { problems.append("it is not ready although the faults are over") }
        let rollouts = simulation.store?.snapshot().all(Rollout.self) ?? []
        for rollout in rollouts where !rollout.status.isFinished {
            problems.append("rollout \(rollout.name) is not over: \(rollout.status.step.rawValue)")
        }
        return problems
    }

    /// Once more without power: it comes back as it was, or from what was only tried to what it came from.
    private static func stays(_ simulation: Simulation, _ updates: [Update]) -> [String] {
        let device = simulation.store?.snapshot().get(Device.self, Device.selfName)?.status
        simulation.cutPower(at: .seconds(6100))
        let ending = simulation.run(until: .seconds(8000))
        var problems: [String] = []
        if ending != .quiet { problems.append("it does not fall silent after a power cut: \(ending)") }
        if !simulation.isReady { problems.append("it is not ready after a power cut") }
        let after = simulation.store?.snapshot().get(Device.self, Device.selfName)?.status.currentRevision
        let allowed = [device?.currentRevision, device?.rollbackRevision, device?.tryRevision]
        if !allowed.contains(after) {
            problems.append(
                "it came back with \(after ?? "nothing") instead of \(device?.currentRevision ?? "nothing")")
        }
        for update in updates where !update.isGood && after == update.revision {
            problems.append("it runs \(update.revision), which is no good")
        }
        return problems
    }
}

extension Simulation {
    fileprivate func collect(at time: Duration) {
        at(time, "collect garbage") { store in
            do {
                try store.modify(Storage.self, Storage.selfName, part: .main) { $0.spec.collect = "now" }
            } catch {
                // The runtime has not read its storage yet: nobody could ask it.
            }
        }
    }
}
