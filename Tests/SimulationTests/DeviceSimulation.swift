import Controllers
import Drivers
import Engine
import FakeDrivers
import Foundation
import JSON
import Model
import Simulator
import Store

/// The demo revision on a simulated device.
struct DeviceSimulation {
    let simulation: Simulation

    init(
        _ state: JSONValue, seed: UInt64, faults: SimulationFaults = .none,
        scripts: [String: ContainerScript] = DeviceSimulation.demoScripts, isDeaf: Bool = false
    ) {
        var setup = DeviceSimulation.setup(of: state)
        if isDeaf { setup.sources = { _, _ in [] } }
        simulation = Simulation(setup, seed: seed, faults: faults)
        for (name, script) in scripts { simulation.world.script(name, script) }
        simulation.afterStep = DeviceSimulation.acknowledge
    }

    /// A signal is answered when the journal has it, so that it cannot be lost.
    static func acknowledge(in simulation: Simulation) {
        let unanswered = simulation.world.unanswered
        guard !unanswered.isEmpty, let snapshot = simulation.store?.snapshot() else { return }
        for (name, signal) in unanswered
        where snapshot.get(Container.self, name)?.status.journaled?.isSignalledReady == true {
            signal.acknowledge()
        }
    }

    static let demoScripts: [String: ContainerScript] = [
        "sensor": .ready,
        "counter": .stubborn,
        "flaky": .crashes(times: 2, after: .milliseconds(500), code: 3),
    ]

    private static func setup(of state: JSONValue) -> Simulation.Setup {
        Simulation.Setup(
            controllers: { drivers in
                deviceControllers(
                    DriverSet(
                        containers: drivers.containers, mounts: drivers.mounts, storage: drivers.storage,
                        journal: drivers.journal, power: drivers.power),
                    settings: ContainerSettings(layout: drivers.world.layout))
            },
            populate: { store, _ in
                var device = Resource<Device>(name: Device.selfName, spec: Device.Spec())
                device.status.currentRevision = "demo"
                _ = try? store.create(
                    AnyResource(Resource<Revision>(name: "demo", spec: .init(revision: "demo", state: state))))
                _ = try? store.create(AnyResource(device))
            },
            sources: { drivers, facts in
                [
                    {
                        for await exit in drivers.containers.exits {
                            facts.observe(Container.self, exit.name, exitFacts(of: exit))
                        }
                    },
                    {
                        for await signal in drivers.signals {
                            let fact = Facts<Container> { $0.isSignalledReady = true }
                            if !facts.observe(Container.self, signal.name, fact) { signal.refuse() }
                        }
                    },
                ]
            })
    }

    /// `manifests/revisions/demo/state.json`.
    static func demo() throws -> JSONValue { try manifest("demo/state.json") }

    static func manifest(_ path: String) throws -> JSONValue {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appendingPathComponent("manifests/revisions/\(path)"))
        return try JSONValue(parsing: Array(data))
    }

    var phases: [String: ContainerPhase] {
        guard let snapshot = simulation.store?.snapshot() else { return [:] }
        return Dictionary(uniqueKeysWithValues: snapshot.all(Container.self).map { ($0.name, $0.status.phase) })
    }

    var device: Resource<Device>? { simulation.store?.snapshot().get(Device.self, Device.selfName) }

    /// The whole history as text, for comparing and for reading.
    var text: String { simulation.history.map(\.description).joined(separator: "\n") }

    static func turnOff(_ store: ResourceStore) {
        _ = try? store.modify(Device.self, Device.selfName, part: .main) { $0.spec.power = .off }
    }
}

extension DeviceSimulation {
    /// The demo with containers that are always started again, so that only the end of all faults decides.
    static func patientDemo() throws -> JSONValue {
        guard case .object(var state) = try demo(), case .object(var device)? = state["device.json"] else {
            throw ManifestError(path: "/device.json", reason: "must be an object")
        }
        let recovery: JSONValue = ["policy": "always", "max_retries": 0, "retry_delay": 1, "backoff_factor": 1.5]
        device["groups"] = .array(
            (device["groups"]?.array ?? []).map { group in
                guard case .object(var members) = group else { return group }
                members["auto_recovery"] = recovery
                return .object(members)
            })
        state["device.json"] = .object(device)
        return .object(state)
    }
}
