import Drivers
import FakeDrivers
import JSON
import Model
import Simulator
import Testing

struct ReplayTests {
    @Test
    func `one seed gives one history, another seed another`() throws {
        let state = try DeviceSimulation.demo()
        func history(_ seed: UInt64) -> String {
            let device = DeviceSimulation(state, seed: seed, faults: .rough)
            device.simulation.killRuntime(at: .seconds(3))
            device.simulation.run(until: .seconds(60))
            return device.text
        }

        let first = history(1)
        #expect(first == history(1))
        #expect(first != history(2))
        #expect(first.contains("runtime 2"))
    }

    @Test
    func `the demo revision reaches its goals and falls silent`() throws {
        let device = DeviceSimulation(try DeviceSimulation.demo(), seed: 1)
        #expect(device.simulation.run(until: .seconds(60)) == .quiet)
        #expect(
            device.phases == [
                "assets": .mounted, "init-os": .started, "sensor": .ready, "counter": .started, "greeter": .started,
                "flaky": .ready,
            ])
        #expect(device.device?.status.phase == .ready)
        #expect(device.simulation.world.starts(of: "flaky") == 3)
        #expect(device.simulation.world.violations == [])
    }

    @Test
    func `an end of the device that fails is asked for again`() throws {
        let faults = SimulationFaults(script: [Fault("EndRun", "*", count: 1, .verdict(.fails(errno: 5)))])
        let device = DeviceSimulation(try DeviceSimulation.demo(), seed: 1, faults: faults)
        device.simulation.at(.seconds(20), "power off", DeviceSimulation.turnOff)
        #expect(device.simulation.run(until: .seconds(60)) == .ended(.powerOff))
        #expect(device.simulation.history.contains { $0.kind == .failure && $0.text.contains("EndRun") })
    }

    @Test
    func `a container that nobody hears does not keep a simulation from ending`() throws {
        let device = DeviceSimulation(try DeviceSimulation.demo(), seed: 1, isDeaf: true)
        device.simulation.killRuntime(at: .seconds(20))
        let ending = device.simulation.run(until: .seconds(20))
        #expect(ending == .outOfTime)
    }
}
