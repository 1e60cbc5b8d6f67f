import Controllers
import Drivers
import JSON
import Model
import Testing

/// What a runtime that starts makes of an attempt that is not over.
struct ResumptionTests {
    private let one = "locals/one"

    private func revision(_ phase: Revision.Phase = .inProgress, _ message: String = "") -> Resource<Revision> {
        var revision = Resource<Revision>(
            name: "locals.one", spec: Revision.Spec(revision: one, state: ["#spec": "x"]))
        revision.status.phase = phase
        revision.status.message = message
        return revision
    }

    private func resume(
        booted: String, _ boot: BootState, journaled: Rollout.Record? = nil, attempt: Rollout.Record? = nil,
        _ revision: Resource<Revision>? = nil
    ) -> Resource<Rollout>? {
        Resumption(booted: booted, boot: boot, journaled: journaled, attempt: attempt)
            .rollout(among: [revision ?? self.revision()])
    }

    private func record(_ step: Rollout.Step, isTryBoot: Bool = false) -> Rollout.Record {
        Rollout.Record(
            name: "try-one", spec: .init(revision: one, action: .tryOnce), from: "0", step: step, isTryBoot: isTryBoot,
            progress: .init(.inProgress, "as it was"))
    }

    @Test func `nothing is resumed when nothing is tried`() {
        #expect(resume(booted: "0", BootState(revision: "0")) == nil)
    }

    @Test func `a boot of the tried revision proves it, as it was asked for before the reboot`() {
        let rollout = resume(booted: one, BootState(revision: "0", tryRevision: one), attempt: record(.pending))
        #expect(rollout?.name == "try-one")
        #expect(rollout?.spec == .init(revision: one, action: .tryOnce))
        #expect(rollout?.status.step == .starting)
        #expect(rollout?.status.isTryBoot == true)
        #expect(rollout?.status.from == "0")
        #expect(rollout?.status.progress == .init(.inProgress, "Trying new revision"))
    }

    @Test func `what another program asked the loader to try is proved and committed too`() {
        let rollout = resume(booted: one, BootState(revision: "0", tryRevision: one))
        #expect(rollout?.name == "locals.one-boot")
        #expect(rollout?.spec == .init(revision: one))
        #expect(rollout?.status.step == .starting)
    }

    @Test(arguments: [Revision.Phase.new, .inProgress, .testing, .updated])
    func `a loader that came back from the tried revision failed it`(phase: Revision.Phase) {
        let rollout = resume(booted: "0", BootState(revision: "0", tryRevision: one), revision(phase))
        #expect(rollout?.status.step == .failing)
        #expect(rollout?.status.isTryBoot == false)
        #expect(rollout?.status.progress == .init(.error, "Unexpected rollback"))
        #expect(rollout?.status.digest != nil)
    }

    @Test func `the cause that was written before the device went back is kept`() {
        let failed = revision(.error, "Status goal not reached")
        let rollout = resume(booted: "0", BootState(revision: "0", tryRevision: one), failed)
        #expect(rollout?.status.step == .failing)
        #expect(rollout?.status.progress == .init(.error, "Status goal not reached"))
    }

    @Test func `a failed revision that is booted all the same is left at once`() {
        let failed = revision(.error, "Status goal not reached")
        let rollout = resume(booted: one, BootState(revision: "0", tryRevision: one), failed)
        #expect(rollout?.status.step == .failing)
        #expect(rollout?.status.isTryBoot == true)
    }

    @Test func `within one boot the journal says how far it was, and the loader says nothing`() {
        let boot = BootState(revision: "0", tryRevision: one)
        let finished = resume(booted: "0", boot, journaled: record(.finished))
        #expect(finished == nil)
        let preparing = resume(booted: "0", boot, journaled: record(.pending))
        #expect(preparing?.status.step == .pending)
        #expect(preparing?.status.target == nil)
        let proving = resume(booted: "0", boot, journaled: record(.starting))
        #expect(proving?.status.step == .starting)
        #expect(proving?.status.target == one)
        #expect(proving?.status.runs == one)
        let goingBack = resume(booted: "0", boot, journaled: record(.reverting))
        #expect(goingBack?.status.runs == "0")
        #expect(goingBack?.status.failure == "as it was")
        let trying = resume(booted: one, boot, journaled: record(.starting, isTryBoot: true))
        #expect(trying?.status.isTryBoot == true)
        #expect(trying?.status.runs == nil)
    }
}
