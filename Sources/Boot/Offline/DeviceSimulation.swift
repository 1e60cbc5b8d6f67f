package import Controllers
import Drivers
package import Engine
package import FakeDrivers
package import JSON
import Model
package import Simulator
import StateFormat
import Store

/// A whole device offline: all controllers of the real one, one revision, fake drivers, virtual time.
package enum DeviceSimulation {
    /// A simulation of a device that boots into `state`.
    ///
    /// Containers behave as `scripts` say; without one, they run for ever, and signal that they are ready when their
    /// goal asks for it.
    package static func make(
        of state: JSONValue, revision: String = "0", seed: UInt64, faults: SimulationFaults = .none,
        scripts: [String: ContainerScript] = [:],
        settings: @escaping @Sendable (inout DeviceSettings) -> Void = { _ in }
    ) -> Simulation {
        let setup = Simulation.Setup(
            controllers: { controllers($0, settings: settings) },
            sources: { drivers, sink in
                [
                    { await start(drivers, sink) }, { await followExits(drivers, sink) },
                    { await followSignals(drivers, sink) },
                ]
            })
        let simulation = Simulation(setup, seed: seed, faults: faults)
        simulation.upload(state, as: revision)
        simulation.world.commit(revision)
        for (name, script) in scripts { simulation.world.script(name, script) }
        simulation.afterStep = acknowledge
        return simulation
    }

    /// The device's controllers over fake drivers.
    package static func controllers(
        _ drivers: FakeDrivers, settings change: (inout DeviceSettings) -> Void = { _ in }
    ) -> [AnyController] {
        var settings = DeviceSettings(containers: ContainerSettings(layout: drivers.world.layout))
        change(&settings)
        return deviceControllers(drivers.set, settings: settings)
    }

    /// Reads what the storage holds, again and again until it can be read.
    private static func start(_ drivers: FakeDrivers, _ sink: FactSink) async {
        let startup = DeviceStartup(
            drivers: drivers.set, layout: drivers.world.layout, booted: drivers.world.booted)
        while drivers.isAlive {
            do throws(DriverError) {
                for resource in try await startup.resources() { sink.create(resource) }
                return
            } catch {
                await drivers.pause(.milliseconds(200))
            }
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

    /// A signal is answered when the journal has it, as on the device; one that was not answered is repeated.
    private static func acknowledge(in simulation: Simulation) {
        let unanswered = simulation.world.unanswered
        guard !unanswered.isEmpty, let snapshot = simulation.store?.snapshot() else { return }
        for (name, signal) in unanswered {
            guard let status = snapshot.get(Container.self, name)?.status, status.hasKeptSignal,
                status.pid == signal.run.pid, status.startedAt == signal.run.startedAt
            else { continue }
            signal.acknowledge()
        }
    }

    fileprivate static func containersWithGoalReady(in state: JSONValue) -> [String] {
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

extension Simulation {
    /// Puts a revision and its objects on the storage, as a finished upload would.
    ///
    /// Its containers that must be READY signal so.
    package func upload(_ state: JSONValue, as revision: String) {
        world.store(state, as: revision)
        for name in objectNames(in: state) { world.addObject(name) }
        for name in DeviceSimulation.containersWithGoalReady(in: state) { world.script(name, unlessScripted: .ready) }
    }
}

extension FakeDrivers {
    fileprivate var set: DriverSet {
        DriverSet(
            containers: containers, mounts: mounts, storage: storage, bootloader: bootloader, journal: journal,
            hooks: hooks, meta: meta, modules: modules, power: power)
    }
}
