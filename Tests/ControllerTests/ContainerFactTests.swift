import Controllers
import Drivers
import Engine
import JSON
import Model
import Testing

/// Facts arrive in any order: what a driver call found may be over before it is written down.
struct ContainerFactTests {
    private static let run = RunningContainer(pid: 42, startedAt: Samples.now)
    private let controller = ContainerController(
        containers: OneContainer(run: run), journal: EmptyJournal(), settings: Samples.settings)
    private let exit = ContainerExit(name: "web", run: run, code: 3, signal: nil)

    @Test(arguments: [true, false])
    func `an inspection does not revive a container whose end was reported`(exitFirst: Bool) async throws {
        var status = Container.Status()
        let facts = try await controller.perform(.inspect("web"))
        if exitFirst { status.ended(exit) }
        facts.apply(&status)
        if !exitFirst { status.ended(exit) }
        #expect(status.process == .absent)
        #expect(status.pid == nil)
        #expect(status.exits == 1)
    }

    @Test(arguments: [true, false])
    func `a start does not revive a container whose end was reported`(exitFirst: Bool) async throws {
        var status = Container.Status()
        status.process = .absent
        let launch = ContainerLaunch(
            name: "web", group: "app", revision: "1", directory: "/", configFile: "lxc.conf", hostname: nil, roles: [],
            configOverlay: nil, exports: [], hasDevLog: false, mountsModulesAndFirmware: false, logs: "/")
        let facts = try await controller.perform(.start(launch, digest: "d1"))
        if exitFirst { status.ended(exit) }
        facts.apply(&status)
        if !exitFirst { status.ended(exit) }
        #expect(status.process == .absent)
        #expect(status.exits == 1)
    }

    @Test func `a signal outlives a start that failed after its effect`() throws {
        var container = Samples.container { container in
            container.spec.statusGoal = .ready
            container.spec.autoRecovery = AutoRecovery(policy: .always)
            container.status.phase = .starting
            container.status.lastExit = Container.Exit(failure: "the helper gave no answer")
            container.status.exits = 1
            container.status.isSignalledReady = true
        }
        let controller = ContainerController(
            containers: NoDrivers(), journal: NoDrivers(), settings: Samples.settings)
        for _ in 0..<2 {
            let plan = controller.plan(
                container, in: Samples.world(container.any, Samples.group().any, Samples.device().any))
            container.status = plan.status ?? container.status
        }
        #expect(container.status.phase == .starting)
        #expect(container.status.isSignalledReady)
    }
}

/// A driver with one container that runs.
private struct OneContainer: ContainerDriver {
    let run: RunningContainer
    private let none = NoDrivers()

    init(run: RunningContainer) { self.run = run }

    func inspect(_ name: String) async throws(DriverError) -> RunningContainer? { run }
    func list() async throws(DriverError) -> [String] { ["web"] }
    func start(_ launch: ContainerLaunch) async throws(DriverError) -> RunningContainer { run }
    func stop(_ name: String, grace: Duration) async throws(DriverError) { try await none.stop(name, grace: grace) }
    func freeze(_ name: String) async throws(DriverError) { try await none.freeze(name) }
    func thaw(_ name: String) async throws(DriverError) { try await none.thaw(name) }
    func exec(_ request: ExecRequest, in name: String) async throws(DriverError) -> any ExecSession {
        try await none.exec(request, in: name)
    }
    var exits: AsyncStream<ContainerExit> { none.exits }
}

private struct EmptyJournal: JournalDriver {
    func record(_ name: String) async throws(DriverError) -> JSONValue? { nil }
    func write(_ record: JSONValue, as name: String) async throws(DriverError) {}
    func remove(_ name: String) async throws(DriverError) {}
}
