import FakeDrivers
import Foundation
import JSON
import Model
import Offline
import Simulator
import Store

/// The demo revision on a simulated device.
enum Demo {
    /// `manifests/revisions/demo/state.json`.
    static func state() throws -> JSONValue {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appendingPathComponent("manifests/revisions/demo/state.json"))
        return try JSONValue(parsing: Array(data))
    }

    static func simulation(seed: UInt64, faults: SimulationFaults = .none) throws -> Simulation {
        DeviceSimulation.make(
            of: try state(), seed: seed, faults: faults,
            scripts: [
                "counter": .stubborn,
                "flaky": ContainerScript(
                    runs: [
                        .init(exit: .init(after: .milliseconds(500), code: 3)),
                        .init(exit: .init(after: .milliseconds(500), code: 3)), .init(readyAfter: .milliseconds(300)),
                    ]),
            ])
    }
}

extension Simulation {
    /// The whole history as text, for comparing and for reading.
    var text: String { history.map(\.description).joined(separator: "\n") }

    var phases: [String: ContainerPhase] {
        guard let snapshot = store?.snapshot() else { return [:] }
        return Dictionary(uniqueKeysWithValues: snapshot.all(Container.self).map { ($0.name, $0.status.phase) })
    }
}
