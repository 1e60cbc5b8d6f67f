import Controllers
import Drivers
import Engine
import Model
import Store
import Testing

struct ContainerPlanTests {
    let controller = ContainerController(
        containers: NoDrivers(), journal: NoDrivers(), settings: Samples.settings)

    private func plan(
        _ container: Resource<Container>, _ others: AnyResource..., device: Resource<Device> = Samples.device(),
        at now: Instant = Samples.now
    ) -> Plan<Container, ContainerController.Action> {
        let resources = [container.any, device.any] + others
        let world = World(.init(of: resources), now: now, wall: Samples.wall)
        return controller.plan(container, in: world)
    }

    private let mounted = Samples.volume { volume in
        volume.status.isMounted = true
        volume.status.mountedObject = volume.spec.object
    }.any

    @Test func `a container nobody looked at is looked at first`() {
        let container = Samples.container { $0.status.process = .unknown }
        #expect(plan(container, Samples.group().any) == Plan(actions: [.inspect("web")]))
    }

    @Test func `a container behind a shut gate is blocked and names the group`() {
        let shut = Samples.group { group in
            group.status.openedAt = nil
            group.status.conditions.set(
                "Open", .no, reason: "Blocked", message: "waits for group root", at: Samples.wall)
        }
        let result = plan(Samples.container(), shut.any, mounted)
        #expect(result.status?.phase == .blocked)
        #expect(result.status?.conditions["GateOpen"]?.message == "group app: waits for group root")
        #expect(result.actions.isEmpty)
    }

    @Test func `a container waits for its volumes and names those that are missing`() {
        let result = plan(Samples.container(), Samples.group().any, Samples.volume().any)
        #expect(result.status?.phase == .installed)
        #expect(result.status?.conditions["VolumesMounted"]?.message == "not mounted: root.squashfs")
        #expect(result.actions.isEmpty)
    }

    @Test func `a container with an open gate and mounted volumes starts`() {
        let result = plan(Samples.container(), Samples.group().any, mounted)
        let launch = ContainerLaunch(
            name: "web", group: "app", revision: "1", directory: "/storage/trails/1/web", configFile: "lxc.conf",
            hostname: nil, roles: [.mgmt], configOverlay: nil, exports: [], hasDevLog: true,
            mountsModulesAndFirmware: true, logs: "/storage/logs/1/web")
        #expect(result.status?.phase == .starting)
        #expect(result.actions == [.start(launch, digest: "d1")])
    }

    @Test func `a data container is at its goal when its volumes are mounted`() {
        let container = Samples.container { container in
            container.spec.statusGoal = .mounted
            container.spec.type = nil
            container.spec.config = nil
        }
        let result = plan(container, Samples.group().any, mounted)
        #expect(result.status?.phase == .mounted)
        #expect(result.status?.goal == .achieved)
        #expect(result.actions.isEmpty)
    }

    @Test func `a running container is STARTED and remembered`() {
        let container = Samples.running { $0.status.phase = .starting }
        let result = plan(container, Samples.group().any, mounted)
        var record = Container.Record()
        record.pid = 42
        record.startedAt = Samples.now
        record.startedDigest = "d1"
        #expect(result.status?.phase == .started)
        #expect(result.status?.goal == .achieved)
        #expect(result.actions == [.remember(record, of: "web")])
        #expect(result.events == [EventNote("Started", "init is process 42")])
    }

    @Test func `READY needs the signal, and only with the goal READY`() {
        let silent = Samples.running { $0.spec.statusGoal = .ready }
        #expect(plan(silent, Samples.group().any).status?.goal == .unachieved)
        let signalled = Samples.running { container in
            container.spec.statusGoal = .ready
            container.status.isSignalledReady = true
        }
        #expect(plan(signalled, Samples.group().any).status?.phase == .ready)
        let chatty = Samples.running { $0.status.isSignalledReady = true }
        #expect(plan(chatty, Samples.group().any).status?.phase == .started)
    }

    @Test func `a crash is dealt with once, by the recovery policy`() throws {
        let container = Samples.container { container in
            container.spec.autoRecovery = AutoRecovery(policy: .onFailure, maxRetries: 2, retryDelay: 5)
            container.status.phase = .started
            container.status.lastExit = Container.Exit(pid: 42, startedAt: Samples.now, code: 1)
            container.status.exits = 1
        }
        let result = plan(container, Samples.group().any, mounted)
        let status = try #require(result.status)
        #expect(status.phase == .recovering)
        #expect(status.nextStartAt == Samples.now + .seconds(5))
        #expect(status.retries == 1)
        #expect(result.requeueAt == Samples.now + .seconds(5))
        var later = container
        later.status = status
        let again = plan(later, Samples.group().any, mounted, at: Samples.now + .seconds(5))
        #expect(again.status?.phase == .starting)
        #expect(again.status?.retries == 1)
    }

    @Test func `a recovering or stopped container is not at its goal`() {
        for phase in [ContainerPhase.recovering, .stopped] {
            let container = Samples.container { container in
                container.status.phase = phase
                container.status.goal = .achieved
                container.status.nextStartAt = Samples.now + .seconds(9)
                container.status.stopReason = phase == .stopped ? .failed : nil
            }
            #expect(plan(container, Samples.group().any, mounted).status?.goal == .unachieved)
        }
    }

    @Test func `a user stops a container and it stays stopped`() throws {
        let container = Samples.running { $0.spec.run = .stopped }
        let result = plan(container, Samples.group().any, mounted)
        #expect(result.status?.phase == .stopping)
        #expect(result.actions.first == .stop("web", within: .seconds(5)))
        var ended = container
        ended.status = try #require(result.status)
        ended.status.ended(
            ContainerExit(name: "web", run: RunningContainer(pid: 42, startedAt: Samples.now), code: nil, signal: 9))
        let after = plan(ended, Samples.group().any, mounted)
        #expect(after.status?.phase == .stopped)
        #expect(after.status?.stopReason == .user)
        #expect(after.status?.retries == 0)
    }

    @Test func `a user stop during recovery ends the recovery`() {
        let container = Samples.container { container in
            container.spec.run = .stopped
            container.status.phase = .recovering
            container.status.nextStartAt = Samples.now + .seconds(9)
        }
        let result = plan(container, Samples.group().any, mounted)
        #expect(result.status?.phase == .stopped)
        #expect(result.status?.nextStartAt == nil)
        #expect(result.requeueAt == nil)
    }

    @Test func `a container a user had stopped starts anew with no retries counted`() {
        let container = Samples.container { container in
            container.status.phase = .stopped
            container.status.stopReason = .user
            container.status.retries = 4
        }
        let result = plan(container, Samples.group().any, mounted)
        #expect(result.status?.phase == .starting)
        #expect(result.status?.retries == 0)
    }

    @Test func `an exhausted container stays stopped until it is restarted by hand`() {
        let container = Samples.container { container in
            container.status.phase = .stopped
            container.status.stopReason = .exhausted
        }
        var record = Container.Record()
        record.stopReason = .exhausted
        #expect(plan(container, Samples.group().any, mounted).actions == [.remember(record, of: "web")])
        var restarted = container
        restarted.metadata.annotations[Container.restartedAtAnnotation] = "2026-01-01T00:00:00Z"
        let result = plan(restarted, Samples.group().any, mounted)
        #expect(result.status?.phase == .starting)
        #expect(result.status?.handledRestart == "2026-01-01T00:00:00Z")
    }

    @Test func `what was started with other inputs is stopped and started again`() {
        let result = plan(Samples.running { $0.status.startedDigest = "old" }, Samples.group().any, mounted)
        #expect(result.status?.phase == .stopping)
        #expect(result.actions.first == .stop("web", within: .seconds(5)))
    }

    @Test func `the late end of an earlier run changes nothing`() {
        let container = Samples.running { container in
            container.status.ended(
                ContainerExit(
                    name: "web", run: RunningContainer(pid: 7, startedAt: .zero), code: 1, signal: nil))
        }
        let result = plan(container, Samples.group().any, mounted)
        #expect(result.status?.phase == .started)
        #expect(result.status?.handledExits == 1)
        #expect(result.status?.restarts == 0)
    }

    @Test func `a container goes after those of later groups, and takes its journal along`() {
        let first = Samples.running { $0.spec.group = "root" }.going
        let root = Samples.group("root", order: 0)
        let later = Samples.container("late").going
        #expect(plan(first, root.any, Samples.group(order: 1).any, later.any).actions.isEmpty)
        #expect(plan(first, root.any).actions == [.stop("web", within: .seconds(5))])
        let ended = Samples.container { $0.status.journaled = Container.Record() }.going
        #expect(plan(ended, Samples.group().any).actions == [.forget("web")])
        #expect(plan(Samples.container().going, Samples.group().any).finalizers == [])
    }

    @Test func `a container is stable only after its stable timeout at the goal`() {
        let container = Samples.running { $0.spec.autoRecovery.stableTimeout = 30 }
        let early = plan(container, Samples.group().any)
        #expect(early.status?.isStable == false)
        #expect(early.requeueAt == Samples.now + .seconds(30))
        var later = container
        later.status.goalReachedAt = Samples.now
        #expect(plan(later, Samples.group().any, at: Samples.now + .seconds(30)).status?.isStable == true)
    }
}
