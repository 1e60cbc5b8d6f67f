import Drivers
import FakeDrivers
import JSON
import Model
import Simulator
import Store
import Testing

struct RuntimeDeathStories {
    private let containers: KeyValuePairs<String, JSONValue> = [
        "a": ["group": "root"], "b": ["group": "app"],
        "c": ["group": "app", "auto_recovery": ["policy": "always", "max_retries": 5, "retry_delay": 10]],
    ]

    @Test func `containers keep running over the death of the runtime, and are not started again`() {
        let story = Story(containers: containers)
        story.run(to: 20)
        let before = story.simulation.world.running
        story.simulation.killRuntime(at: .seconds(30))
        #expect(story.run() == .quiet)
        #expect(story.simulation.world.running == before)
        #expect(story.simulation.deaths == 1)
        #expect(["a", "b", "c"].map(story.starts) == [1, 1, 1])
        #expect(story.device?.status.phase == .ready)
    }

    @Test(arguments: [
        "CheckOut", "MarkCurrent", "Mount", "StartContainer/b#1", "InspectContainer/b#1", "WriteJournal/b#1",
    ])
    func `a runtime that dies in the middle of anything takes it up again`(call: String) {
        for moment in ["die-before", "die-after"] {
            let fault = call.contains("#") ? "\(call)=\(moment)" : "\(call)#1=\(moment)"
            let story = Story(containers: containers, faults: [fault])
            #expect(story.run() == .quiet)
            #expect(story.simulation.world.violations == [])
            #expect(story.simulation.deaths > 0, "\(fault) was never met")
            #expect(story.device?.status.phase == .ready)
            #expect(["a", "b", "c"].map(story.starts) == [1, 1, 1])
        }
    }

    @Test func `what recovery counted outlives the runtime`() {
        let story = Story(containers: containers, behaving: ["c": .crashes(times: 2)])
        story.simulation.killRuntime(at: .seconds(5))
        story.simulation.killRuntime(at: .seconds(15))
        #expect(story.run() == .quiet)
        #expect(story.phase("c") == .started)
        #expect(story.container("c")?.status.restarts == 2)
    }

    @Test(arguments: ["die-after", "slow:400"])
    func `an end that no runtime saw counts as a retry all the same`(moment: String) {
        // It ends 200 ms after its start: by then the runtime that started it is dead, and has written nothing down.
        let story = Story(
            containers: containers, behaving: ["c": .crashes(times: 1)], faults: ["WriteJournal/c#1=\(moment)"])
        let plain = Story(
            containers: containers, behaving: ["c": .crashes(times: 1)], faults: ["StartContainer/c#1=\(moment)"])
        for story in [story, plain] {
            if moment != "die-after" { story.simulation.killRuntime(at: .milliseconds(300)) }
            #expect(story.run() == .quiet)
            #expect(story.simulation.deaths == 1)
            #expect(story.starts(of: "c") == 2)
            #expect(story.container("c")?.status.restarts == 1)
            #expect(story.container("c")?.status.retries == 1)
            #expect(story.simulation.world.violations == [])
        }
    }

    @Test func `a signal that was given is still known after the runtime died`() {
        let story = Story(containers: ["r": ["group": "app", "status_goal": "READY"]])
        story.run(to: 20)
        #expect(story.phase("r") == .ready)
        story.simulation.killRuntime(at: .seconds(30))
        story.run()
        #expect(story.phase("r") == .ready)
    }

    @Test func `a container a user stopped stays stopped after the runtime died`() {
        let story = Story(containers: containers)
        story.user(at: 20, wants: .stopped, of: "b")
        story.simulation.killRuntime(at: .seconds(40))
        #expect(story.run() == .quiet)
        #expect(story.phase("b") == .stopped)
        #expect(story.container("b")?.spec.run == .stopped)
        #expect(story.starts(of: "b") == 1)
    }
}
