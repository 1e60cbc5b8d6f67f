import Controllers
import Drivers
package import Engine
package import FakeDrivers
package import JSON
import Model
package import Simulator
import Store

/// A whole device offline: all controllers of the real one, one revision, fake drivers, virtual time.
package enum DeviceSimulation {
    /// A simulation of a device that boots into `state`.
    ///
    /// Containers behave as `scripts` say; without one, they run for ever, and signal that they are ready when their
    /// goal asks for it.
    package static func make(
        of state: JSONValue, revision: String = "0", seed: UInt64, faults: SimulationFaults = .none,
        scripts: [String: ContainerScript] = [:]
    ) -> Simulation {
        let setup = Simulation.Setup(
            controllers: controllers,
            populate: { store, _ in populate(store, with: state, as: revision) },
            sources: { drivers, sink in [{ await followExits(drivers, sink) }, { await followSignals(drivers, sink) }] }
        )
        let simulation = Simulation(setup, seed: seed, faults: faults)
        for name in containersWithGoalReady(in: state) { simulation.world.script(name, .ready) }
        for (name, script) in scripts { simulation.world.script(name, script) }
        simulation.afterStep = acknowledge
        return simulation
    }

    /// The device's controllers over fake drivers.
    package static func controllers(_ drivers: FakeDrivers) -> [AnyController] {
        let set = DriverSet(
            containers: drivers.containers, mounts: drivers.mounts, storage: drivers.storage,
            journal: drivers.journal, power: drivers.power)
        return deviceControllers(set, settings: ContainerSettings(layout: drivers.world.layout))
    }

    /// Puts a revision and the device that runs it into an empty store.
    private static func populate(_ store: ResourceStore, with state: JSONValue, as revision: String) {
        let spec = Revision.Spec(revision: revision, state: state)
        var device = Resource<Device>(name: Device.selfName, spec: Device.Spec())
        device.status.currentRevision = revision
        do {
            try store.create(
                AnyResource(Resource<Revision>(name: Revision.resourceName(of: revision), spec: spec)))
            try store.create(AnyResource(device))
        } catch {
            preconditionFailure("a new store refuses its first resources: \(error)")
        }
    }

    private static func followExits(_ drivers: FakeDrivers, _ sink: FactSink) async {
        for await exit in drivers.containers.exits {
            sink.observe(Container.self, exit.name, exitFacts(of: exit))
        }
    }

    private static func followSignals(_ drivers: FakeDrivers, _ sink: FactSink) async {
        for await signal in drivers.signals {
            let isHeard = sink.observe(Container.self, signal.name, Facts { $0.isSignalledReady = true })
            if !isHeard { signal.refuse() }
        }
    }

    /// A signal is answered when the journal has it; one that was not answered is repeated.
    private static func acknowledge(in simulation: Simulation) {
        let unanswered = simulation.world.unanswered
        guard !unanswered.isEmpty, let snapshot = simulation.store?.snapshot() else { return }
        for (name, signal) in unanswered
        where snapshot.get(Container.self, name)?.status.journaled?.isSignalledReady == true {
            signal.acknowledge()
        }
    }

    private static func containersWithGoalReady(in state: JSONValue) -> [String] {
        let groups = state["device.json"]?["groups"]?.array ?? []
        let readyGroups = groups.filter { $0["status_goal"]?.string == "READY" }.compactMap { $0["name"]?.string }
        return (state.object ?? [:]).compactMap { key, manifest in
            guard key.hasSuffix("/run.json"), let name = manifest["name"]?.string else { return nil }
            let goal = manifest["status_goal"]?.string
            let isInReadyGroup = manifest["group"]?.string.map(readyGroups.contains) ?? false
            return goal == "READY" || (goal == nil && isInReadyGroup) ? name : nil
        }
    }
}
