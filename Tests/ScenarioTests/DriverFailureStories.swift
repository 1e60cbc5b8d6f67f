import Drivers
import FakeDrivers
import JSON
import Model
import Simulator
import Store
import Testing

struct DriverFailureStories {
    private let containers: KeyValuePairs<String, JSONValue> = ["web": ["group": "app"]]

    @Test(arguments: [
        "CheckOut#1=fail:5", "Mount#1=fail:12", "InspectContainer#1=fail:5", "ReadJournal#1=fail:5",
        "WriteJournal#1=fail:28",
    ])
    func `a driver that fails once is asked again`(fault: String) {
        let story = Story(containers: containers, faults: [fault])
        #expect(story.run() == .quiet)
        #expect(story.phase("web") == .started)
        #expect(story.device?.status.phase == .ready)
        #expect(story.simulation.history.contains { $0.kind == .failure }, "\(fault) was never met")
    }

    @Test func `a volume that can never be mounted is named, and the group runs out of time`() {
        let story = Story(containers: containers, faults: ["Mount=fail:5"])
        #expect(story.run(to: 120) == .outOfTime)
        let volume = story.simulation.store?.snapshot().get(Volume.self, "web:root.squashfs")
        #expect(volume?.status.conditions["Progressing"]?.status == .no)
        #expect(story.container("web")?.status.conditions["VolumesMounted"]?.message == "not mounted: root.squashfs")
        #expect(story.group("app")?.status.goal == .timedOut)
    }

    @Test func `a driver that is slow delays only what needs it`() {
        let two: KeyValuePairs<String, JSONValue> = ["slow": ["group": "app"], "quick": ["group": "app"]]
        let story = Story(containers: two, faults: ["StartContainer/slow=slow:10000"])
        story.run(to: 5)
        #expect(story.phase("quick") == .started)
        #expect(story.phase("slow") == .starting)
        #expect(story.run() == .quiet)
        #expect(story.phase("slow") == .started)
    }

    @Test func `a missing object keeps the revision from being expanded, and is named`() {
        let story = Story(containers: containers)
        story.simulation.world.loseObjects()
        #expect(story.run(to: 60) == .outOfTime)
        let revision = story.simulation.store?.snapshot().get(Revision.self, "0")
        #expect(revision?.status.conditions["Progressing"]?.message.contains("is missing") == true)
        #expect(story.phase("web") == nil)
    }

    @Test func `a container that started although both start and look failed is not taken for gone`() {
        let manifest: JSONValue = ["group": "app", "auto_recovery": ["policy": "no"]]
        let story = Story(
            containers: ["web": manifest],
            faults: ["StartContainer/web=fail-after", "InspectContainer/web#2=fail-after"])
        #expect(story.run() == .quiet)
        #expect(story.phase("web") == .started)
        #expect(story.starts(of: "web") == 1)
        story.simulation.reboots = false
        story.simulation.at(.seconds(700), "power off") { store in
            do {
                try store.modify(Device.self, Device.selfName, part: .main) { $0.spec.power = .off }
            } catch {
                preconditionFailure("there is no device: \(error)")
            }
        }
        #expect(story.run(to: 900) == .ended(.powerOff))
        #expect(story.simulation.world.violations == [])
    }
}
