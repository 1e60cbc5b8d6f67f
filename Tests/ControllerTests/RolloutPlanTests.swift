import Controllers
import Drivers
import Engine
import JSON
import Model
import StateFormat
import Store
import Testing

struct RolloutPlanTests {
    private let controller = RolloutController(
        drivers: NoDrivers.set, layout: Samples.layout, documents: RevisionDocuments(options: .init(bsp: .ignored)),
        settings: RolloutSettings())

    private let state: JSONValue = ["#spec": "pantavisor-service-system@1"]

    private func revision(
        _ name: String, _ change: (inout Resource<Revision>) -> Void = { _ in }
    ) -> Resource<Revision> {
        var state = state.object ?? [:]
        state["\(name)/note.json"] = [:]
        var revision = Resource<Revision>(name: name, spec: Revision.Spec(revision: name, state: .object(state)))
        revision.status.observedGeneration = 0
        change(&revision)
        return revision
    }

    private func rollout(
        _ step: Rollout.Step, _ change: (inout Resource<Rollout>) -> Void = { _ in }
    ) -> Resource<Rollout> {
        var rollout = Resource<Rollout>(name: "two", spec: Rollout.Spec(revision: "2"))
        rollout.metadata.finalizers = [Rollout.finalizer]
        rollout.status.step = step
        rollout.status.target = "2"
        rollout.status.from = "1"
        rollout.status.stepSince = Samples.now
        rollout.status.deadline = Samples.now + .seconds(100)
        rollout.status.transition = .init(rebootReasons: ["it was asked for"], containers: [])
        change(&rollout)
        return rollout
    }

    private func plan(
        _ rollout: Resource<Rollout>, _ others: AnyResource...,
        device: Resource<Device> = Samples.device {
            $0.status.rollbackRevision = "1"
        }, at now: Instant = Samples.now
    ) -> Plan<Rollout, RolloutController.Action> {
        var resources = [rollout.any, device.any, revision("1").any, revision("2").any]
        resources.append(Resource<Storage>(name: Storage.selfName, spec: .init()).any)
        resources += others
        return controller.plan(rollout, in: World(Snapshot(of: resources), now: now, wall: Samples.wall))
    }

    @Test func `the loader is told only when the progress is written, and the device reboots only then`() throws {
        let first = plan(rollout(.staging))
        let rebooting = Rollout.Progress(.inProgress, "Rebooting")
        #expect(first.actions == [.writeProgress(rebooting, of: "2")])
        let written = rollout(.staging) { rollout in
            rollout.status.progress = rebooting
            rollout.status.written = rebooting
        }
        let second = plan(written)
        #expect(second.actions.map(\.description) == ["prepare the attempt two", "let the loader try 2, keeping 1"])
        var staged = written
        staged.status.isStaged = true
        #expect(plan(staged).status?.step == .rebooting)
    }

    @Test func `a step that takes too long is given up`() {
        let late = Samples.now + .seconds(100)
        let result = plan(rollout(.installing), at: late)
        #expect(result.status?.progress == .init(.wontGo, "Internal error"))
        #expect(result.status?.failure == "Internal error")
        #expect(result.actions == [.writeProgress(.init(.wontGo, "Internal error"), of: "2")])
    }

    @Test func `a revision that is not there is refused`() {
        let result = plan(rollout(.checking) { $0.status.target = "3" })
        #expect(result.status?.outcome == .refused)
        #expect(result.status?.progress == .init(.wontGo, "State JSON not found"))
    }

    @Test func `the deadline of each step is shown, for people too`() {
        let result = plan(rollout(.checking))
        #expect(result.status?.step == .makingRoom)
        #expect(result.status?.deadline == Samples.now + .seconds(300))
        #expect(result.status?.deadlineAt == Timestamp(seconds: Samples.wall.seconds + 300))
        #expect(result.requeueAt == Samples.now + .seconds(300))
    }

    @Test(
        arguments: [
            (Device.Mode.remote, "2", false, "Hub not reachable"), (.remote, "locals/2", false, nil),
            (.remote, "2", true, nil), (.local, "2", false, nil),
        ] as [(Device.Mode, String, Bool, String?)])
    func `a managed device must reach its hub while a hub's revision is proved`(
        mode: Device.Mode, name: String, isOnline: Bool, failure: String?
    ) {
        let device = Samples.device { device in
            device.spec.mode = mode
            device.status.currentRevision = name
            if isOnline { device.status.conditions.set("Online", .yes, reason: "Reached", at: Samples.wall) }
        }
        let proving = rollout(.starting) { rollout in
            rollout.spec.revision = name
            rollout.status.target = name
            rollout.status.isTryBoot = true
            rollout.status.deadline = Samples.now + .seconds(1000)
            rollout.status.progress = .init(.inProgress, "Trying new revision")
            rollout.status.written = rollout.status.progress
            rollout.status.journaled = .init(
                name: "two", spec: rollout.spec, from: "1", step: .starting, isTryBoot: true,
                progress: rollout.status.progress)
        }
        let target = revision(Revision.resourceName(of: name)) { $0.spec.revision = name }
        let result = plan(proving, target.any, device: device, at: Samples.now + .seconds(120))
        #expect((result.status ?? proving.status).failure == failure)
    }

    @Test func `an attempt that is over is forgotten by the next runtime`() {
        let over = rollout(.finished) {
            $0.status.journaled = .init(
                name: "two", spec: .init(revision: "2"), from: "1", step: .starting, progress: .init(.testing, ""))
        }
        #expect(plan(over).actions.map(\.description) == ["remember the attempt two as Finished"])
    }

    @Test func `one attempt at a time, in the order they were asked for`() {
        let other = Resource<Rollout>(name: "another", spec: .init(revision: "1"))
        let waiting = rollout(.pending) { $0.status.target = nil }
        #expect(plan(waiting, other.any).status?.target == nil)
        var over = other
        over.status.step = .finished
        #expect(plan(waiting, over.any).status?.target == "2")
    }
}
