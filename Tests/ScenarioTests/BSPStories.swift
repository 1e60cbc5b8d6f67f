import Controllers
import Drivers
import FakeDrivers
import JSON
import Model
import Offline
import Simulator
import Store
import Testing

/// The modules and firmware that a revision brings for its kernel.
struct BSPStories {
    private let containers: KeyValuePairs<String, JSONValue> = ["web": ["group": "app"]]

    private func state(_ bsp: JSONObject) -> JSONValue {
        var state = Story.state(nil, containers).object ?? [:]
        let hash = JSONValue.string(String(repeating: "b", count: 64))
        state["bsp/run.json"] = .object(bsp)
        for file in ["kernel", "initrd", "modules.squashfs", "other.squashfs", "firmware.squashfs"] {
            state["bsp/\(file)"] = hash
        }
        return .object(state)
    }

    private func story(_ bsp: JSONObject, faults: [String] = []) -> Story {
        Story(state: state(bsp), faults: faults, settings: { $0.rollouts.kernelRelease = "6.1.0" })
    }

    private let bsp: JSONObject = [
        "linux": "kernel", "initrd": "initrd", "modules": "other.squashfs", "modules_6.1.0": "modules.squashfs",
        "firmware": "firmware.squashfs",
    ]

    @Test func `modules for this kernel and firmware are where it looks before any container starts`() throws {
        let story = story(bsp)
        #expect(story.run() == .quiet)
        let mounts = story.simulation.world.mountPoints
        #expect(mounts.contains("/lib/firmware"))
        #expect(mounts.contains("/lib/modules/0"))
        #expect(mounts.contains("/volumes/bsp/modules.squashfs"))
        #expect(!mounts.contains("/volumes/bsp/other.squashfs"))
        let history = story.simulation.history.map(\.text)
        let bound = try #require(history.lastIndex { $0.contains("is mounted at /lib/") })
        let started = try #require(history.firstIndex { $0.hasPrefix("web runs") })
        #expect(bound < started)
    }

    @Test func `containers wait for modules that cannot be mounted, and say so`() {
        let story = story(bsp, faults: ["Mount//lib/firmware=fail:5"])
        story.run(to: 20)
        #expect(story.phase("web") == .blocked)
        #expect(
            story.container("web")?.status.conditions["GateOpen"]?.message
                == "modules and firmware: not there yet: /lib/firmware")
    }

    @Test func `everything is unmounted at the end, modules after the last container`() throws {
        let story = story(bsp)
        story.simulation.reboots = false
        story.simulation.at(.seconds(30), "power off") { store in
            do {
                try store.modify(Device.self, Device.selfName, part: .main) { $0.spec.power = .off }
            } catch {
                preconditionFailure("there is no device: \(error)")
            }
        }
        #expect(story.run() == .ended(.powerOff))
        #expect(story.simulation.world.mountPoints == [])
        let history = story.simulation.history.map(\.text)
        let stopped = try #require(history.lastIndex { $0.hasPrefix("web (pid") })
        let unbound = try #require(history.firstIndex { $0 == "/lib/firmware is unmounted" })
        #expect(stopped < unbound)
    }

    @Test func `the death of the runtime leaves modules where they are`() {
        let story = story(bsp)
        story.simulation.killRuntime(at: .seconds(20))
        #expect(story.run() == .quiet)
        let again = story.simulation.history.filter { $0.text.contains("is mounted at /lib/modules/0") }
        #expect(again.count == 1)
        #expect(story.device?.status.phase == .ready)
    }

    @Test func `a new kernel needs a reboot`() throws {
        let story = story(bsp)
        var new = state(bsp).object ?? [:]
        new["bsp/kernel"] = .string(String(repeating: "c", count: 64))
        story.update(to: "locals/kernel", .object(new))
        #expect(story.run() == .quiet)
        #expect(story.simulation.boots == 2)
        #expect(try story.progress("locals/kernel") == "DONE: Update finished, revision set as rollback point")
        #expect(story.simulation.world.boot.installed == ["locals/kernel"])
    }
}
