import Controllers
import Drivers
import FakeDrivers
import JSON
import Model
import Simulator
import Testing

/// The maker's programs at fixed points of a boot.
struct HookStories {
    private let containers: KeyValuePairs<String, JSONValue> = ["root": ["group": "root"], "web": ["group": "app"]]

    @Test func `hooks run once in a boot, before everything and when all goals are reached`() throws {
        let story = Story(containers: containers)
        #expect(story.run() == .quiet)
        #expect(story.simulation.world.hooks == ["system-start", "system-done"])
        let history = story.simulation.history.map(\.text)
        let start = try #require(history.firstIndex { $0.contains("hooks system-start") })
        let runs = try #require(history.firstIndex { $0.hasPrefix("root runs") })
        let done = try #require(history.lastIndex { $0.contains("hooks system-done") })
        let last = try #require(history.firstIndex { $0.hasPrefix("web runs") })
        #expect(start < runs)
        #expect(last < done)
    }

    @Test func `the next runtime of the same boot does not run them again`() {
        let story = Story(containers: containers, faults: ["InspectContainer/web#1=die-after"])
        #expect(story.run() == .quiet)
        #expect(story.simulation.world.hooks == ["system-start", "system-done"])
    }

    @Test func `an update whose boot a hook refuses goes back`() {
        let story = Story(containers: containers, faults: ["RunHooks/system-start#2=fail"])
        var state = Story.state(nil, containers).object ?? [:]
        state["root/motd"] = .string(String(repeating: "c", count: 64))
        story.update(to: "locals/one", .object(state))
        #expect(story.run(to: 3000) == .quiet)
        #expect(story.simulation.boots == 3)
        #expect(story.device?.status.currentRevision == "0")
        #expect(story.device?.status.phase == .ready)
        #expect(story.rollout("locals/one")?.status.outcome == .rolledBack)
    }

    @Test func `hooks of system-done that cannot be begun are tried again, and change nothing else`() {
        let story = Story(containers: containers, faults: ["RunHooks/system-done#1=fail"])
        #expect(story.run() == .quiet)
        #expect(story.simulation.world.hooks == ["system-start", "system-done"])
        #expect(story.device?.status.phase == .ready)
        #expect(story.simulation.boots == 1)
    }
}
