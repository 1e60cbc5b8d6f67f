import Controllers
import FakeDrivers
import JSON
import Model
import Simulator
import Store
import Testing

/// What users and containers say of the device.
struct MetadataStories {
    private func set(_ data: [String: String], at seconds: Int, in story: Story) {
        story.simulation.at(.seconds(seconds), "set metadata") { store in
            do {
                try store.modify(UserMeta.self, UserMeta.selfName, part: .main) { $0.spec.data = data }
            } catch {
                preconditionFailure("there is no metadata: \(error)")
            }
        }
    }

    @Test func `a container finds its metadata when it starts, and sees changes`() {
        let story = Story(containers: ["web": ["roles": ["nobody"]]])
        story.run(to: 5)
        let world = story.simulation.world
        #expect(world.meta(shownIn: "user-meta.web") == [:])
        #expect(world.meta(shownIn: "device-meta")?["pantavisor.revision"] == "0")
        set(["web.motd": "hello", "other": "1"], at: 10, in: story)
        story.run(to: 15)
        #expect(world.meta(shownIn: "user-meta.web") == ["motd": "hello"])
        #expect(world.meta(shownIn: "user-meta") == ["web.motd": "hello", "other": "1"])
        #expect(world.meta(savedAs: "user-meta") == ["web.motd": "hello", "other": "1"])
        set(["other": "2"], at: 20, in: story)
        story.run(to: 30)
        #expect(world.meta(shownIn: "user-meta.web") == [:])
        #expect(world.meta(savedAs: "user-meta") == ["other": "2"])
    }

    @Test func `the device says when all goals are reached`() {
        let story = Story(containers: ["web": ["status_goal": "READY"]], behaving: ["web": .ready])
        story.run()
        #expect(story.simulation.world.meta(shownIn: "device-meta")?["pantavisor.status"] == "READY")
    }

    @Test func `metadata outlives the runtime and the power`() {
        for fault in ["SaveMeta/user-meta/a=die-after", "SaveMeta/user-meta/a=cut-after"] {
            let story = Story(containers: ["web": [:]], faults: [fault])
            set(["a": "1"], at: 10, in: story)
            story.run()
            let meta = story.simulation.store?.snapshot().get(UserMeta.self, UserMeta.selfName)
            #expect(meta?.spec.data == ["a": "1"], "\(fault)")
            #expect(meta?.status.conditions.isTrue("Saved") == true)
            #expect(story.phase("web") == .started)
        }
    }

    @Test func `a setting in metadata counts at once, and as long as it is there`() {
        let story = Story(containers: ["web": [:]])
        var reserved: Int64 { story.simulation.store?.snapshot().get(Storage.self, "self")?.status.reserved ?? 0 }
        story.run(to: 5)
        let before = reserved
        set(["storage.gc.reserved": "50"], at: 10, in: story)
        story.run(to: 15)
        #expect(reserved == before * 10)
        set([:], at: 20, in: story)
        story.run(to: 25)
        #expect(reserved == before)
    }

    @Test func `files that cannot be written keep no container from starting`() {
        let story = Story(containers: ["web": [:]], faults: ["ShowMeta/user-meta.web=fail:28"])
        story.run(to: 60)
        #expect(story.phase("web") == .started)
    }
}
