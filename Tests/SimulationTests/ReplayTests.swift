import Drivers
import FakeDrivers
import Model
import Simulator
import Store
import Testing

struct ReplayTests {
    @Test
    func `one seed gives one history, another seed another`() throws {
        func history(_ seed: UInt64) throws -> String {
            let simulation = try Demo.simulation(seed: seed, faults: .rough)
            simulation.killRuntime(at: .seconds(3))
            simulation.run(until: .seconds(60))
            return simulation.text
        }

        let first = try history(1)
        #expect(try history(1) == first)
        #expect(try history(2) != first)
        #expect(first.contains("runtime 2"))
    }

    @Test
    func `the demo revision reaches its goals and falls silent`() throws {
        let simulation = try Demo.simulation(seed: 1)
        #expect(simulation.run(until: .seconds(60)) == .quiet)
        #expect(
            simulation.phases == [
                "assets": .mounted, "init-os": .started, "sensor": .ready, "counter": .started, "greeter": .started,
                "flaky": .ready,
            ])
        #expect(simulation.world.starts(of: "flaky") == 3)
        #expect(simulation.world.violations == [])
    }

    @Test
    func `an end of the device that fails is asked for again`() throws {
        let faults = SimulationFaults(script: [Fault("EndRun", "*", count: 1, .verdict(.fails(errno: 5)))])
        let simulation = try Demo.simulation(seed: 1, faults: faults)
        simulation.at(.seconds(20), "power off") { store in
            do {
                try store.modify(Device.self, Device.selfName, part: .main) { $0.spec.power = .off }
            } catch {
                Issue.record("there is no device: \(error)")
            }
        }
        #expect(simulation.run(until: .seconds(60)) == .ended(.powerOff))
        #expect(simulation.history.contains { $0.kind == .failure && $0.text.contains("EndRun") })
    }

    @Test
    func `a container that nobody hears does not keep a simulation from ending`() throws {
        let simulation = try Demo.simulation(seed: 1)
        simulation.afterStep = nil
        simulation.killRuntime(at: .seconds(20))
        #expect(simulation.run(until: .seconds(20)) == .outOfTime)
    }
}
