import Drivers
import FakeDrivers
import Foundation
import JSON
import Model
import Simulator
import Testing

/// Many whole lives of a device, with whatever chance does to it.
struct SeedTests {
    /// How many seeds there are to try; more of them in `PV_SEEDS`.
    private static let count = ProcessInfo.processInfo.environment["PV_SEEDS"].flatMap(UInt64.init) ?? 16

    @Test
    func `whatever goes wrong, the device gets there, and everything stops in the end`() throws {
        let state = try DeviceSimulation.patientDemo()
        for seed in 0..<SeedTests.count { try live(state, seed: seed) }
    }

    private func live(_ state: JSONValue, seed: UInt64) throws {
        let device = DeviceSimulation(state, seed: seed, faults: .rough)
        let simulation = device.simulation
        simulation.killRuntime(at: .milliseconds(500 + Int64(seed % 40) * 250))
        let ending = simulation.run(until: .seconds(600))
        var problems = simulation.world.violations
        if ending != .quiet { problems.append("it does not fall silent: \(ending)") }
        if device.device?.status.phase != .ready { problems.append("not ready: \(device.phases)") }
        let before = simulation.world.running
        simulation.killRuntime(at: .seconds(600))
        simulation.run(until: .seconds(700))
        if simulation.world.running != before { problems.append("the death of a quiet runtime was felt") }
        if device.device?.status.phase != .ready { problems.append("not ready again: \(device.phases)") }
        if simulation.history.contains(where: { $0.text.contains("asked to halt") }) { problems.append("stopped one") }
        simulation.at(.seconds(700), "power off", DeviceSimulation.turnOff)
        if simulation.run(until: .seconds(900)) != .ended(.powerOff) { problems.append("it does not power off") }
        if !simulation.world.running.isEmpty { problems.append("still running: \(simulation.world.running.keys)") }
        if !simulation.world.mountPoints.isEmpty { problems.append("mounted: \(simulation.world.mountPoints)") }
        if !problems.isEmpty { Issue.record("seed \(seed): \(problems.joined(separator: "; "))\n\(device.text)") }
    }
}
