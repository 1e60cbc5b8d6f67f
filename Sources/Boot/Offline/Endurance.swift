import Drivers
import FakeDrivers
package import JSON
import Model
package import Simulator
import Store

/// One whole life of a device with whatever chance does to it: it boots while drivers fail, stall and kill the runtime,
/// comes to rest, loses its runtime once more, and is switched off.
package enum Endurance {
    /// What must never be and was, in sentences; empty when the device did well.
    ///
    /// A life that showed a problem is lived again, step by step the same, with all its changes in the history.
    package static func problems(of state: JSONValue, seed: UInt64) -> (problems: [String], simulation: Simulation) {
        let life = live(state, seed: seed, showsChanges: false)
        return life.problems.isEmpty ? life : live(state, seed: seed, showsChanges: true)
    }

    private static func live(
        _ state: JSONValue, seed: UInt64, showsChanges: Bool
    ) -> (problems: [String], simulation: Simulation) {
        let simulation = DeviceSimulation.make(of: patient(state), seed: seed, faults: .rough, scripts: scripts(state))
        simulation.showsChanges = showsChanges
        simulation.killRuntime(at: .milliseconds(500 + Int64(seed % 40) * 250))
        var problems: [String] = []
        comesToRest(simulation, &problems)
        diesUnnoticed(simulation, &problems)
        stopsCleanly(simulation, &problems)
        return (simulation.world.violations + problems, simulation)
    }

    private static func comesToRest(_ simulation: Simulation, _ problems: inout [String]) {
        let ending = simulation.run(until: .seconds(600))
        if ending != .quiet { problems.append("it does not fall silent: \(ending)") }
        if !simulation.isReady { problems.append("it is not ready although the faults are over") }
    }

    private static func diesUnnoticed(_ simulation: Simulation, _ problems: inout [String]) {
        let before = simulation.world.running
        simulation.killRuntime(at: .seconds(600))
        simulation.run(until: .seconds(700))
        if simulation.world.running != before { problems.append("the containers felt the death of the runtime") }
        if !simulation.isReady { problems.append("it is not ready again after the death of the runtime") }
        if simulation.history.contains(where: { $0.text.holds("asked to halt") }) {
            problems.append("a container was stopped although nobody wanted it")
        }
    }

    private static func stopsCleanly(_ simulation: Simulation, _ problems: inout [String]) {
        simulation.at(.seconds(700), "power off") { store in
            do {
                try store.modify(Device.self, Device.selfName, part: .main) { $0.spec.power = .off }
            } catch {
                preconditionFailure("a device that runs has no device resource: \(error)")
            }
        }
        if simulation.run(until: .seconds(900)) != .ended(.powerOff) { problems.append("it does not power off") }
        let running = simulation.world.running.keys.sorted()
        if !running.isEmpty { problems.append("still running after the end: \(running.joined(separator: ", "))") }
        let mounts = simulation.world.mountPoints
        if !mounts.isEmpty { problems.append("still mounted after the end: \(mounts.joined(separator: ", "))") }
    }

    private static func containers(_ state: JSONValue) -> [(key: String, name: String, manifest: JSONObject)] {
        (state.object ?? [:]).compactMap { key, value in
            guard key.hasSuffix("/run.json"), case .object(let manifest) = value,
                let name = manifest["name"]?.string, manifest["type"] != nil
            else { return nil }
            return (key, name, manifest)
        }
    }

    /// The revision with containers that are always started again, so that only the end of the faults decides.
    static func patient(_ state: JSONValue) -> JSONValue {
        guard case .object(var patient) = state else { return state }
        for var container in containers(state) {
            container.manifest["auto_recovery"] = [
                "policy": "always", "max_retries": 0, "retry_delay": 1, "backoff_factor": 1.5,
            ]
            patient[container.key] = .object(container.manifest)
        }
        return .object(patient)
    }

    /// One container of the revision crashes twice, another never halts by itself.
    private static func scripts(_ state: JSONValue) -> [String: ContainerScript] {
        let names = containers(state).filter { $0.manifest["status_goal"]?.string != "READY" }.map(\.name).sorted()
        var scripts: [String: ContainerScript] = [:]
        if let first = names.first { scripts[first] = .crashes(times: 2, after: .milliseconds(500), code: 3) }
        if names.count > 1, let last = names.last { scripts[last] = .stubborn }
        return scripts
    }
}

extension Simulation {
    /// Whether every goal is reached.
    package var isReady: Bool {
        store?.snapshot().get(Device.self, Device.selfName)?.status.phase == .ready
    }
}
