import Controllers
import Drivers
import FakeDrivers
import JSON
import Model
import Simulator
import Store
import Testing

/// Kernel modules that containers ask for by the aliases of the BSP.
struct ModuleStories {
    private func state(_ drivers: JSONValue, _ aliases: JSONValue) -> JSONValue {
        var state =
            Story.state(nil, ["web": ["group": "app", "drivers": drivers], "db": ["group": "app"]]).object ?? [:]
        let hash = JSONValue.string(String(repeating: "b", count: 64))
        state["bsp/run.json"] = ["linux": "kernel", "initrd": "initrd"]
        state["bsp/kernel"] = hash
        state["bsp/initrd"] = hash
        state["bsp/drivers.json"] = ["#spec": "driver-aliases@1", "all": aliases]
        return .object(state)
    }

    private func story(_ drivers: JSONValue, _ aliases: JSONValue, faults: [String] = []) -> Story {
        Story(state: state(drivers, aliases), faults: faults, settings: { $0.rollouts.kernelRelease = "6.1.0" })
    }

    private func module(_ story: Story, _ name: String) -> Resource<Module>? {
        story.simulation.store?.snapshot().get(Module.self, name)
    }

    @Test func `what a container asks for is loaded before it starts, with its options`() throws {
        let story = story(
            ["required": ["wifi"]], ["wifi": ["mac80211_hwsim radios=2 ${user-meta:wifi.more}", "cfg80211"]])
        #expect(story.run() == .quiet)
        #expect(story.simulation.world.modules == ["mac80211_hwsim": ["radios=2"], "cfg80211": []])
        #expect(module(story, "wifi")?.status.word == "LOADED")
        #expect(story.phase("web") == .started)
        let history = story.simulation.history.map(\.text)
        let loaded = try #require(history.firstIndex { $0.contains("the kernel has cfg80211") })
        let started = try #require(history.firstIndex { $0.hasPrefix("web runs") })
        #expect(loaded < started)
    }

    @Test func `a container waits for a required module that cannot be loaded, and says so`() {
        let story = story(["required": ["wifi"]], ["wifi": ["broken"]], faults: ["LoadModule/broken=fail:2"])
        story.run(to: 20)
        #expect(story.phase("db") == .started)
        #expect(story.phase("web") == .installed)
        let condition = story.container("web")?.status.conditions["DriversLoaded"]
        #expect(condition?.status == .no)
        #expect(condition?.message.hasPrefix("wifi: ") == true)
        #expect(condition?.message.contains("broken") == true)
    }

    @Test func `an alias that the BSP lacks stops who requires it, and nobody else`() {
        let story = story(["required": ["wifi"], "optional": ["bluetooth"]], ["other": ["x"]])
        story.run(to: 20)
        #expect(story.phase("web") == .installed)
        #expect(
            story.container("web")?.status.conditions["DriversLoaded"]?.message
                == "wifi: bsp/drivers.json has no alias \"wifi\" for this device; add it")
        #expect(story.simulation.world.modules == [:])
    }

    @Test(arguments: [["LoadModule/broken=fail:2"], []]) func `a container does without an optional one`(
        faults: [String]
    ) {
        let story = story(["optional": ["wifi", "missing"]], ["wifi": ["broken"]], faults: faults)
        story.run(to: 20)
        #expect(story.phase("web") == .started)
        #expect(story.simulation.world.modules.isEmpty == !faults.isEmpty)
    }

    @Test func `a manual one is loaded and unloaded when somebody wants it`() {
        let story = story(["manual": ["wifi"]], ["wifi": ["cfg80211", "mac80211_hwsim"]])
        for (seconds, isWanted) in [(20, true), (40, false)] {
            story.simulation.at(.seconds(seconds), "wants \(isWanted)") { store in
                do {
                    try store.modify(Module.self, "wifi", part: .main) { $0.spec.load = isWanted }
                } catch {
                    Issue.record(error)
                }
            }
        }
        story.run(to: 10)
        #expect(story.phase("web") == .started)
        #expect(story.simulation.world.modules == [:])
        story.run(to: 30)
        #expect(story.simulation.world.modules.keys.sorted() == ["cfg80211", "mac80211_hwsim"])
        story.run(to: 50)
        #expect(story.simulation.world.modules == [:])
        #expect(module(story, "wifi")?.status.word == "UNLOADED")
        #expect(story.phase("web") == .started)
    }

    @Test func `what is no name of a module is never handed on`() {
        let story = story(["required": ["wifi"]], ["wifi": ["${user-meta:wifi} -r ext4"]])
        story.run(to: 20)
        #expect(story.phase("web") == .installed)
        #expect(
            story.container("web")?.status.conditions["DriversLoaded"]?.message
                == "wifi: \" -r ext4\" does not begin with the name of a kernel module")
        #expect(story.simulation.world.modules == [:])
    }

    @Test func `an alias that a new revision lacks stops its container, and the device goes back`() throws {
        let old: JSONValue = ["wifi": ["cfg80211"]]
        let story = story(["required": ["wifi"]], old)
        var state = self.state(["required": ["wifi"]], ["other": ["x"]]).object ?? [:]
        state["web/motd"] = .string(String(repeating: "c", count: 64))
        story.update(to: "locals/one", .object(state))
        #expect(story.run(to: 3000) == .quiet)
        #expect(story.device?.status.currentRevision == "0")
        #expect(try story.progress("locals/one")?.hasPrefix("ERROR: ") == true)
        #expect(story.phase("web") == .started)
    }
}
