import Controllers
import Drivers
import Engine
import JSON
import Model
import Store
import Testing

struct DevicePlanTests {
    let controller = DeviceController(
        drivers: DeviceDrivers(NoDrivers.set),
        layout: Samples.layout)

    private func plan(
        _ device: Resource<Device>, _ others: AnyResource...
    ) -> Plan<Device, DeviceController.Action> {
        controller.plan(device, in: World(.init(of: [device.any] + others), now: Samples.now, wall: Samples.wall))
    }

    private let expanded: AnyResource = {
        var revision = Resource<Revision>(name: "1", spec: Revision.Spec(revision: "1", state: [:]))
        revision.status.conditions.set("Active", .yes, reason: "Expanded", at: Samples.wall)
        return revision.any
    }()

    @Test func `the journal is read before anything else`() {
        let fresh = Samples.device { device in
            device.status.stoppedContainers = nil
            device.status.currentRevision = nil
            device.status.isSwept = false
        }
        #expect(plan(fresh, expanded).actions == [.recall])
    }

    @Test func `what belongs to nothing is swept once the revision is expanded`() {
        let fresh = Samples.device { $0.status.isSwept = false }
        let result = plan(fresh, expanded, Samples.container().any, Samples.volume().any)
        #expect(
            result.actions == [
                .sweep(keepingContainers: ["web"], keepingMounts: ["/volumes/web/root.squashfs"])
            ])
    }

    @Test func `the device is ready when every group is`() {
        let group = Samples.group { $0.status.goal = .achieved }
        let result = plan(Samples.device(), expanded, group.any)
        #expect(result.status?.phase == .ready)
        #expect(result.status?.groupsReached == 1)
        #expect(result.events == [EventNote("Ready", "every group is at its goal")])
    }

    @Test func `a container that gave up makes the device degraded`() {
        let container = Samples.container { container in
            container.status.phase = .stopped
            container.status.stopReason = .failed
        }
        let result = plan(Samples.device(), expanded, Samples.group().any, container.any)
        #expect(result.status?.phase == .degraded)
        #expect(result.status?.conditions["Ready"]?.message == "not at their goal: web")
    }

    @Test func `a container whose policy asks for a reboot gets it once everything stopped`() throws {
        let container = Samples.container { container in
            container.spec.autoRecovery = AutoRecovery(policy: .always, maxRetries: 1)
            container.status.stopReason = .exhausted
        }
        let asked = plan(Samples.device(), expanded, Samples.group().any, container.any)
        #expect(asked.status?.rebootReason == "container web: RetriesExhausted")
        var device = Samples.device()
        device.status = try #require(asked.status)
        #expect(plan(device).actions == [.end(.reboot, reason: "container web: RetriesExhausted")])
    }

    @Test func `power off waits until nothing is left`() {
        let device = Samples.device { $0.spec.power = .off }
        #expect(plan(device, Samples.container().going.any).actions.isEmpty)
        #expect(plan(device).actions == [.end(.powerOff, reason: "a user wants it")])
    }

    @Test func `what a user stopped is remembered`() {
        let stopped = Samples.container { $0.spec.run = .stopped }
        let result = plan(Samples.device(), expanded, Samples.group().any, stopped.any)
        #expect(result.actions == [.rememberStopped(["web"])])
    }
}
