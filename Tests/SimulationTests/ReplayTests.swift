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
        if device.simulation.history.count > 1000 { Issue.record("\(device.text)") }
    }
}
