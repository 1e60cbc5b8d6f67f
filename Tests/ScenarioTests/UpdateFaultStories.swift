import Controllers
import Drivers
import FakeDrivers
import JSON
import Model
import Offline
import Simulator
import Store
import Testing

/// Updates on a device that fails at any step.
struct UpdateFaultStories {
    private let old: KeyValuePairs<String, JSONValue> = ["root": ["group": "root"], "web": ["group": "app"]]

    private func changed(_ name: String) -> JSONValue {
        var state = Story.state(nil, old).object ?? [:]
        state["\(name)/motd"] = .string(String(repeating: "c", count: 64))
        return .object(state)
    }

    /// The driver calls of an update that reboots, in their order.
    static let steps = [
        "VerifyObject", "MeasureStorage", "RunHooks/system-before-install-update", "CheckOut/locals/one", "InstallBoot",
        "WriteFile/attempt", "SetTry", "EndRun", "CommitBoot", "WriteFile/done",
    ]

    @Test(arguments: steps, ["die-before", "die-after"])
    func `an update goes on after the death of the runtime at any step`(step: String, fault: String) throws {
        let story = Story(containers: old, faults: ["\(call(step))#1=\(fault)"])
        story.update(to: "locals/one", changed("root"))
        #expect(story.run(to: 3000) == .quiet)
        #expect(story.device?.status.currentRevision == "locals/one")
        #expect(story.device?.status.phase == .ready)
        #expect(story.simulation.world.boot.state == BootState(revision: "locals/one"))
        #expect(try story.progress("locals/one") == "DONE: Update finished, revision set as rollback point")
    }

    @Test(arguments: steps, ["cut-before", "cut-after"])
    func `a device comes up with the old or the new revision after a power cut at any step`(
        step: String, fault: String
    ) throws {
        let story = Story(containers: old, faults: ["\(call(step))#1=\(fault)"])
        story.update(to: "locals/one", changed("root"))
        #expect(story.run(to: 3000) == .quiet)
        #expect(story.device?.status.phase == .ready)
        let current = try #require(story.device?.status.currentRevision)
        #expect(["0", "locals/one"].contains(current))
        #expect(story.simulation.world.boot.state == BootState(revision: current))
        let phase = story.revision("locals/one")?.status.phase
        #expect(phase == (current == "0" ? phase : .done))
        #expect(phase?.isUnderWay == false)
    }

    @Test(arguments: ["WriteFile/done", "CheckOut/locals/one", "SetTry", "WriteFile/attempt", "MeasureStorage"])
    func `a driver that fails twice delays an update, and nothing else`(step: String) {
        let faults = ["\(call(step))#1=fail:5", "\(call(step))#2=fail-after"]
        let story = Story(containers: old, faults: faults)
        story.update(to: "locals/one", changed("root"))
        #expect(story.run(to: 3000) == .quiet)
        #expect(story.device?.status.currentRevision == "locals/one")
    }

    @Test func `an update that cannot be installed in time is given up, and the device stays as it was`() throws {
        let story = Story(containers: old, faults: ["InstallBoot=fail:28"])
        story.simulation.world.store(Story.state(nil, old), as: "0")
        var state = changed("web").object ?? [:]
        state["bsp/run.json"] = ["linux": "kernel", "initrd": "initrd"]
        state["bsp/kernel"] = .string(String(repeating: "d", count: 64))
        state["bsp/initrd"] = .string(String(repeating: "d", count: 64))
        story.update(to: "locals/one", .object(state))
        #expect(story.run(to: 3000) == .quiet)
        #expect(try story.progress("locals/one") == "WONTGO: Internal error")
        #expect(story.rollout("locals/one")?.status.outcome == .refused)
        #expect(story.device?.status.currentRevision == "0")
        #expect(story.simulation.boots == 1)
    }

    @Test func `an update whose container cannot even start goes back when its retries are used up`() throws {
        let recovery: JSONValue = [
            "policy": "on-failure", "max_retries": 3, "retry_delay": 1, "backoff_policy": "never",
        ]
        let story = Story(
            containers: ["web": ["group": "app", "auto_recovery": recovery]],
            faults: (2...5).map { "StartContainer/web#\($0)=fail" })
        var state = Story.state(nil, ["web": ["group": "app", "auto_recovery": recovery]]).object ?? [:]
        state["web/motd"] = .string(String(repeating: "c", count: 64))
        story.update(to: "locals/one", .object(state))
        #expect(story.run(to: 300) == .quiet)
        let expected = "A container could not be started: web after 3 retries: injected fault"
        #expect(story.rollout("locals/one")?.status.outcome == .rolledBack)
        #expect(story.rollout("locals/one")?.status.failure == expected)
        #expect(story.device?.status.currentRevision == "0")
        #expect(story.phase("web") == .started)
        #expect(story.container("web")?.status.startedRevision == "0")
    }

    @Test func `an object that is damaged refuses the update, by its name`() throws {
        let story = Story(containers: old)
        let object = String(repeating: "c", count: 64)
        story.update(to: "locals/one", changed("web"), damaging: object)
        #expect(story.run(to: 3000) == .quiet)
        #expect(try story.progress("locals/one") == "WONTGO: Object validation went wrong: \(object)")
        #expect(story.device?.status.currentRevision == "0")
    }

    @Test func `a running revision whose object is damaged is left at the next boot`() throws {
        let story = Story(containers: old)
        story.update(to: "locals/one", changed("web"))
        story.run(to: 100)
        #expect(story.device?.status.currentRevision == "locals/one")
        story.simulation.world.addObject(String(repeating: "c", count: 64), isDamaged: true)
        story.simulation.cutPower(at: .seconds(110))
        #expect(story.run(to: 3000) == .quiet)
        #expect(story.device?.status.currentRevision == "0")
        #expect(story.device?.status.phase == .ready)
        #expect(
            try story.progress("locals/one")
                == "ERROR: Object validation went wrong: \(String(repeating: "c", count: 64))")
    }

    private func call(_ step: String) -> String {
        let trail = "/storage/trails/locals/one/.pv"
        return step.replacing("WriteFile/attempt", "WriteFile/\(trail)/rollout.json")
            .replacing("WriteFile/done", "WriteFile/\(trail)/done")
    }
}

extension String {
    fileprivate func replacing(_ text: String, _ other: String) -> String { self == text ? other : self }
}
