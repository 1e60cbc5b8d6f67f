import Drivers
import FakeDrivers
import JSON
import Model
import Simulator
import Store
import Testing

struct GroupStories {
    private let two: JSONValue = [
        ["name": "first", "status_goal": "READY", "timeout": 20, "restart_policy": "container"],
        ["name": "second", "status_goal": "STARTED", "timeout": 20, "restart_policy": "container"],
    ]

    @Test func `a later group starts only when the earlier one is at its goal`() {
        let late = ContainerScript(runs: [.init(readyAfter: .seconds(5))])
        let story = Story(
            groups: two, containers: ["a": ["group": "first"], "b": ["group": "second"]], behaving: ["a": late])
        story.run(to: 4)
        #expect(story.phase("a") == .started)
        #expect(story.phase("b") == .blocked)
        #expect(story.container("b")?.status.conditions["GateOpen"]?.message.contains("waits for group first") == true)
        #expect(story.run() == .quiet)
        #expect(story.phase("a") == .ready)
        #expect(story.phase("b") == .started)
    }

    @Test func `a group out of time lets the next one go, and says so`() {
        let silent = ContainerScript()
        let story = Story(
            groups: two, containers: ["a": ["group": "first"], "b": ["group": "second"]], behaving: ["a": silent])
        #expect(story.run() == .quiet)
        #expect(story.phase("b") == .started)
        #expect(story.group("first")?.status.goal == .timedOut)
        #expect(story.group("first")?.status.conditions.isTrue("TimedOut") == true)
        #expect(story.container("a")?.status.goal == .timedOut)
        #expect(story.device?.status.phase == .degraded)
    }

    @Test func `the containers of a group start side by side`() {
        let names = ["a", "b", "c", "d"]
        let story = Story(
            containers: ["a": ["group": "app"], "b": ["group": "app"], "c": ["group": "app"], "d": ["group": "app"]],
            faults: ["StartContainer=slow:5000"])
        story.run(to: 4)
        #expect(names.allSatisfy { story.phase($0) == .starting })
        #expect(story.run() == .quiet)
        #expect(names.allSatisfy { story.phase($0) == .started })
    }

    @Test func `everything stops in the order of the groups, last one first`() throws {
        let story = Story(
            groups: two, containers: ["a": ["group": "first", "status_goal": "STARTED"], "b": ["group": "second"]])
        story.simulation.at(.seconds(30), "power off") { store in
            do {
                try store.modify(Device.self, Device.selfName, part: .main) { $0.spec.power = .off }
            } catch {
                preconditionFailure("there is no device: \(error)")
            }
        }
        #expect(story.run() == .ended(.powerOff))
        let stops = story.simulation.history.filter { $0.kind == .action && $0.text.hasPrefix("stop ") }
        // One may be asked again before its end is known, which changes nothing.
        let order = stops.map { String($0.text.prefix(6)) }.reduce(into: [String]()) { order, stop in
            if order.last != stop { order.append(stop) }
        }
        #expect(order == ["stop b", "stop a"])
        #expect(story.simulation.world.mountPoints.isEmpty)
    }
}
