import Controllers
import Drivers
import FakeDrivers
import JSON
import Model
import Offline
import Simulator
import Store
import Testing

/// Space, and what is collected to get it.
struct StorageStories {
    private let old: KeyValuePairs<String, JSONValue> = ["root": ["group": "root"], "web": ["group": "app"]]

    private func changed(_ letter: Character) -> JSONValue {
        var state = Story.state(nil, old).object ?? [:]
        state["web/motd"] = .string(String(repeating: letter, count: 64))
        return .object(state)
    }

    private func collect(_ story: Story, at seconds: Int, _ wish: String = "now") {
        story.simulation.at(.seconds(seconds), "collect garbage") { store in
            do {
                try store.modify(Storage.self, Storage.selfName, part: .main) { $0.spec.collect = wish }
            } catch {
                preconditionFailure("there is no storage: \(error)")
            }
        }
    }

    private func storage(_ story: Story) -> Resource<Storage>? {
        story.simulation.store?.snapshot().get(Storage.self, Storage.selfName)
    }

    @Test func `a collection removes what no revision needs, and says how much that was`() {
        let story = Story(containers: old)
        story.update(to: "locals/one", changed("c"))
        story.update(to: "locals/two", changed("d"), at: 100)
        story.simulation.cutPower(at: .seconds(200))
        story.run(to: 400)
        #expect(story.device?.status.rollbackRevision == "locals/two")
        #expect(
            storage(story)?.status.garbage == Storage.Garbage(revisions: ["0", "locals/one"], objects: 1, bytes: 4096))
        collect(story, at: 500)
        story.run()
        let names = story.simulation.store?.snapshot().all(Revision.self).map(\.spec.revision)
        #expect(names == ["locals/two"])
        #expect(story.simulation.world.objectNames == ["a", "d"].map { String(repeating: $0, count: 64) })
        #expect(storage(story)?.status.collection?.isOver == true)
        #expect(storage(story)?.status.collection?.reclaimed == 4096)
        #expect(story.simulation.world.violations == [])
    }

    @Test func `the factory revision stays where it is wanted`() {
        let story = Story(containers: old, settings: { $0.storage.keepsFactory = true })
        story.update(to: "locals/one", changed("c"), action: .runCommit)
        collect(story, at: 300)
        story.run()
        #expect(story.revision("0") != nil)
        #expect(story.device?.status.rollbackRevision == "locals/one")
    }

    @Test func `what was uploaded and not run yet is not garbage`() {
        let story = Story(containers: old)
        let state = changed("e")
        story.simulation.at(.seconds(10), "upload") { [unowned simulation = story.simulation] store in
            simulation.upload(state, as: "locals/later")
            do {
                try store.announce(state, as: "locals/later")
            } catch {
                preconditionFailure("the store refuses: \(error)")
            }
        }
        collect(story, at: 20)
        story.run()
        #expect(story.revision("locals/later") != nil)
        #expect(storage(story)?.status.collection?.reclaimed == 0)
        #expect(story.simulation.world.objectNames.count == 2)
    }

    @Test func `an update that does not fit has room made for it`() throws {
        let story = Story(containers: old)
        // A revision that is over, with an object that only it names.
        story.simulation.world.store(changed("f"), as: "locals/old")
        story.simulation.world.addObject(String(repeating: "f", count: 64), size: 1 << 20)
        story.simulation.world.finish("locals/old")
        story.simulation.world.setCapacity(total: 4 << 20, free: (1 << 20) + 60_000)
        story.update(to: "locals/one", changed("c"))
        #expect(story.run() == .quiet)
        #expect(story.rollout("locals/one")?.status.outcome == .updated)
        #expect(story.revision("locals/old") == nil)
        #expect(storage(story)?.status.collection?.cause == "locals.one")
    }

    @Test func `an update that cannot fit is refused with what is short`() throws {
        let story = Story(containers: old)
        story.simulation.world.setCapacity(total: 4 << 20, free: 40_000)
        story.update(to: "locals/one", changed("c"))
        #expect(story.run() == .quiet)
        let space = try #require(story.rollout("locals/one")?.status.space)
        #expect(
            try story.progress("locals/one")
                == "WONTGO: Space required \(space.needed) B, available \(space.available) B")
        #expect(story.device?.status.currentRevision == "0")
        #expect(storage(story)?.status.conditions.isTrue("Pressure") == true)
    }

    @Test func `too little free space makes a collection by itself, but not while somebody uploads`() {
        let story = Story(containers: old, settings: { $0.storage.thresholdPercent = 50 })
        story.simulation.world.store(changed("f"), as: "locals/old")
        story.simulation.world.addObject(String(repeating: "f", count: 64), size: 1 << 20)
        story.simulation.world.finish("locals/old")
        story.simulation.world.setCapacity(total: 4 << 20, free: 2 << 20)
        story.run()
        #expect(story.revision("locals/old") == nil)
        #expect(storage(story)?.status.collection?.cause == "threshold")
    }

    @Test func `a revision that somebody deletes goes when nothing needs it`() {
        let story = Story(containers: old)
        story.update(to: "locals/one", changed("c"), action: .runCommit)
        for (seconds, name) in [(300, "0"), (301, "locals.one")] {
            story.simulation.at(.seconds(seconds), "delete \(name)") { store in
                do {
                    try store.delete(ResourceKey(Revision.descriptor.name, name))
                } catch {
                    preconditionFailure("\(name) cannot be deleted: \(error)")
                }
            }
        }
        story.run()
        #expect(story.revision("0") == nil)
        let running = story.revision("locals/one")
        #expect(running?.status.conditions["Removable"]?.message == "it is running")
        #expect(story.device?.status.phase == .ready)
    }
}
