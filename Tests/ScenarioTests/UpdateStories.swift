import Controllers
import Drivers
import FakeDrivers
import JSON
import Model
import Offline
import Simulator
import Store
import Testing

struct UpdateStories {
    private let old: KeyValuePairs<String, JSONValue> = [
        "root": ["group": "root"], "web": ["group": "app"], "db": ["group": "app"],
    ]

    /// The first revision with one container changed.
    private func changed(_ name: String, _ members: JSONObject = [:]) -> JSONValue {
        var state = Story.state(nil, old).object ?? [:]
        state["\(name)/motd"] = .string(String(repeating: "c", count: 64))
        var manifest = state["\(name)/run.json"]?.object ?? [:]
        for (key, value) in members { manifest[key] = value }
        state["\(name)/run.json"] = .object(manifest)
        return .object(state)
    }

    @Test func `an update of a container restarts only that one, and the next boot commits it`() throws {
        let story = Story(containers: old)
        story.update(to: "locals/one", changed("web"))
        story.run(to: 20)
        #expect(story.rollout("locals/one")?.status.step == .testing)
        #expect(story.run() == .quiet)
        #expect(story.rollout("locals/one")?.status.outcome == .updated)
        #expect(try story.progress("locals/one") == "UPDATED: Update finished, revision not set as rollback point")
        #expect(story.device?.status.currentRevision == "locals/one")
        #expect(story.starts(of: "web") == 2)
        #expect(story.starts(of: "db") == 1)
        #expect(story.starts(of: "root") == 1)
        #expect(story.simulation.world.boot.state == BootState(revision: "0", tryRevision: "locals/one"))

        story.simulation.cutPower(at: .seconds(700))
        story.run(to: 900)
        #expect(story.simulation.world.booted == "locals/one")
        #expect(try story.progress("locals/one") == "DONE: Update finished, revision set as rollback point")
        #expect(story.simulation.world.boot.state == BootState(revision: "locals/one"))
        #expect(story.revision("locals/one")?.status.isDone == true)
    }

    @Test func `an update of a system container reboots, and is committed when its goals have held`() throws {
        let story = Story(containers: old)
        story.update(to: "locals/one", changed("root"))
        #expect(story.run() == .quiet)
        #expect(story.simulation.boots == 2)
        #expect(story.rollout("locals/one")?.status.outcome == .committed)
        #expect(try story.progress("locals/one") == "DONE: Update finished, revision set as rollback point")
        #expect(story.simulation.world.boot.state == BootState(revision: "locals/one"))
        #expect(story.device?.status.rollbackRevision == "locals/one")
        #expect(story.device?.status.phase == .ready)
    }

    @Test func `an update whose container fails goes back without a reboot`() throws {
        let story = Story(containers: old)
        story.update(to: "locals/bad", changed("web", ["auto_recovery": ["policy": "no"]]))
        story.simulation.world.script("web", .fails(inRun: 2))
        #expect(story.run() == .quiet)
        #expect(story.simulation.boots == 1)
        #expect(story.rollout("locals/bad")?.status.outcome == .rolledBack)
        #expect(
            try story.progress("locals/bad")
                == "ERROR: A container could not be started: web: exited with code 7")
        #expect(story.device?.status.currentRevision == "0")
        #expect(story.device?.status.phase == .ready)
        #expect(story.simulation.world.boot.state == BootState(revision: "0"))
        #expect(story.starts(of: "db") == 1)
        #expect(story.device?.status.failures.map(\.revision) == ["locals/bad"])
    }

    @Test func `an update that never reaches its goal runs out of time and goes back`() throws {
        let story = Story(containers: old)
        story.update(to: "locals/silent", changed("web", ["status_goal": "READY"]))
        story.simulation.world.script("web", ContainerScript())
        #expect(story.run() == .quiet)
        #expect(
            try story.progress("locals/silent")
                == "ERROR: Status goal not reached: group app: 1 of 2 members are at STARTED")
        #expect(story.device?.status.currentRevision == "0")
        #expect(story.phase("web") == .started)
    }

    @Test func `an update with a reboot whose container fails goes back by a reboot`() throws {
        let story = Story(containers: old)
        story.update(to: "locals/bad", changed("root", ["status_goal": "READY"]))
        story.simulation.world.script("root", ContainerScript())
        #expect(story.run() == .quiet)
        #expect(story.simulation.boots == 3)
        #expect(try story.progress("locals/bad")?.hasPrefix("ERROR: Status goal not reached") == true)
        #expect(story.simulation.world.booted == "0")
        #expect(story.simulation.world.boot.state == BootState(revision: "0"))
        #expect(story.device?.status.phase == .ready)
        #expect(story.device?.status.failures.map(\.revision) == ["locals/bad"])
    }

    @Test func `a kernel that panics is rolled back by the loader`() throws {
        let story = Story(containers: old)
        story.simulation.world.breakKernel(of: "locals/panics")
        story.update(to: "locals/panics", changed("root"))
        #expect(story.run() == .quiet)
        #expect(try story.progress("locals/panics") == "ERROR: Unexpected rollback")
        #expect(story.simulation.world.boot.state == BootState(revision: "0"))
        #expect(story.device?.status.phase == .ready)
    }

    @Test func `what failed is refused under any name until somebody asks for it again`() throws {
        let story = Story(containers: old)
        let bad = changed("web", ["auto_recovery": ["policy": "no"]])
        story.simulation.world.script("web", .fails(inRun: 2))
        story.update(to: "locals/bad", bad)
        story.update(to: "locals/same", bad, at: 200)
        #expect(story.run() == .quiet)
        #expect(story.rollout("locals/same")?.status.outcome == .refused)
        #expect(try story.progress("locals/same")?.hasPrefix("WONTGO: The same content failed as locals/bad") == true)

        story.simulation.world.script("web", ContainerScript())
        story.ask(for: "locals/same", at: 700, named: "again", retry: true)
        story.run(to: 1200)
        #expect(story.rollout("again")?.status.outcome == .updated)
        #expect(story.device?.status.failures == [])
    }

    @Test func `the revision that was updated is the one to come back to when the next update begins`() throws {
        let story = Story(containers: old)
        story.update(to: "locals/one", changed("web"))
        story.update(to: "locals/two", changed("db"), at: 100)
        story.simulation.cutPower(at: .seconds(110))
        story.simulation.world.breakKernel(of: "locals/two")
        story.run(to: 600)
        #expect(story.simulation.world.booted == "locals/one")
        #expect(try story.progress("locals/one") == "DONE: Update finished, revision set as rollback point")
        #expect(try story.progress("locals/two") == "ERROR: Unexpected rollback")
    }

    @Test func `a second attempt waits for the first`() {
        let story = Story(containers: old)
        story.update(to: "locals/one", changed("web"), at: 10)
        story.update(to: "locals/two", changed("db"), at: 11)
        story.run(to: 20)
        #expect(story.rollout("locals/two")?.status.step == .pending)
        #expect(story.run() == .quiet)
        #expect(story.rollout("locals/one")?.status.outcome == .updated)
        #expect(story.rollout("locals/two")?.status.outcome == .updated)
        #expect(story.device?.status.currentRevision == "locals/two")
    }

    @Test func `a user stops an attempt, and the device goes back`() throws {
        let story = Story(containers: old)
        story.update(to: "locals/one", changed("web"))
        story.simulation.at(.seconds(20), "abort") { store in
            do {
                try store.modify(Rollout.self, "locals.one", part: .main) { $0.spec.action = .abort }
            } catch {
                preconditionFailure("there is no rollout: \(error)")
            }
        }
        #expect(story.run() == .quiet)
        #expect(story.rollout("locals/one")?.status.outcome == .aborted)
        #expect(try story.progress("locals/one") == "WONTGO: Aborted")
        #expect(story.device?.status.currentRevision == "0")
        #expect(story.device?.status.failures == [])
    }

    @Test func `a revision that is tried once is left by the next boot`() throws {
        let story = Story(containers: old)
        story.update(to: "locals/once", changed("web"), action: .tryOnce)
        #expect(story.run() == .quiet)
        #expect(story.device?.status.currentRevision == "locals/once")
        #expect(story.simulation.world.boot.state == BootState(revision: "0"))
        story.simulation.cutPower(at: .seconds(700))
        story.run(to: 900)
        #expect(story.device?.status.currentRevision == "0")
        #expect(story.device?.status.phase == .ready)
    }

    @Test func `a revision is applied only without a reboot`() throws {
        let story = Story(containers: old)
        story.update(to: "locals/one", changed("root"), action: .apply)
        #expect(story.run() == .quiet)
        #expect(story.rollout("locals/one")?.status.outcome == .refused)
        #expect(try story.progress("locals/one")?.hasPrefix("WONTGO: It needs a reboot: root/motd added") == true)
        #expect(story.device?.status.currentRevision == "0")
    }

    @Test func `a user goes back to the revision that a reboot comes back to`() {
        let story = Story(containers: old)
        story.update(to: "locals/one", changed("web"))
        story.ask(for: nil, at: 100, action: .rollback)
        #expect(story.run() == .quiet)
        #expect(story.rollout("back")?.status.outcome == .committed)
        #expect(story.device?.status.currentRevision == "0")
        #expect(story.simulation.world.boot.state == BootState(revision: "0"))
    }

    @Test func `the desired revision is moved to once for each wish`() {
        let story = Story(containers: old)
        let state = changed("web")
        story.simulation.at(.seconds(10), "desire") { [unowned simulation = story.simulation] store in
            do {
                simulation.upload(state, as: "locals/one")
                try store.announce(state, as: "locals/one")
                try store.modify(Device.self, Device.selfName, part: .main) { $0.spec.desiredRevision = "locals/one" }
            } catch {
                preconditionFailure("the store refuses: \(error)")
            }
        }
        #expect(story.run() == .quiet)
        #expect(story.device?.status.currentRevision == "locals/one")
        #expect(story.simulation.store?.snapshot().all(Rollout.self).count == 1)
    }
}

extension ContainerScript {
    /// One of the runs ends at once, all others stay.
    static func fails(inRun number: Int) -> ContainerScript {
        let failure = Run(exit: Exit(after: .milliseconds(50), code: 7))
        return ContainerScript(runs: Array(repeating: Run(), count: number - 1) + [failure, Run()])
    }
}
