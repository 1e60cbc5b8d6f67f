import CShims
package import Drivers
import Glibc
package import Logging
import Model
import Synchronization

/// Runs containers with stock liblxc, which is only ever called by the start helper: each start and each command gets a
/// process of its own.
///
/// This process knows containers by the helper's records, /proc and the control groups.
package final class LXCContainers: ContainerDriver {
    private struct State {
        var watches: [String: RunWatch] = [:]
        /// Ends that were reported although this process never saw the run.
        var reported: [String: RunningContainer] = [:]
    }

    /// What the device's configuration says about containers' surroundings.
    package struct Options: Sendable {
        /// A directory of programs to run when a root filesystem is mounted.
        var hooks: String?
        /// How long a console's log may become before it is rotated.
        var consoleLimit: Int?

        package init(hooks: String? = nil, consoleLimit: Int? = nil) {
            self.hooks = hooks
            self.consoleLimit = consoleLimit
        }
    }

    let layout: Layout
    let helper: String
    let options: Options
    let groups: ContainerGroups
    let reactor: Reactor
    let threads: Threads
    let logger: Logger
    package let exits: AsyncStream<ContainerExit>
    private let report: AsyncStream<ContainerExit>.Continuation
    private let state = Mutex(State())

    /// - Parameter helper: path of `pv-lxc-start`; nil = beside this executable.
    package init(
        layout: Layout, helper: String? = nil, options: Options = Options(), reactor: Reactor, threads: Threads,
        logger: Logger
    ) throws(DriverError) {
        self.layout = layout
        self.options = options
        self.helper = helper ?? LXCContainers.helperBesideExecutable
        self.reactor = reactor
        self.threads = threads
        self.logger = logger
        groups = ContainerGroups(instance: InstanceName(layout), controlGroups: try ControlGroups.discover())
        (exits, report) = AsyncStream.makeStream()
    }

    private static var helperBesideExecutable: String {
        Files.parentDirectory(Files.realPath("/proc/self/exe")) + "/pv-lxc-start"
    }

    package func inspect(_ name: String) async throws(DriverError) -> RunningContainer? {
        let records = ContainerRecords(name, layout: layout)
        switch try await threads.run({ () throws(DriverError) in records.state }) {
        case .absent: return nil
        case .running(let run, let monitor):
            watch(name, run, monitor)
            return run
        case .ended(let run):
            await reportEnd(of: run, records)
            return nil
        case .unfinished(let monitor):
            guard try await runHelper(["find", layout.lxc, name], in: "/") == 0, let process = records.initProcess
            else { return nil }
            watch(name, process.run, monitor)
            return process.run
        }
    }

    package func list() async throws(DriverError) -> [String] {
        try await threads.run { () throws(DriverError) in
            Set(Files.names(in: self.layout.lxc) + self.groups.names()).sorted()
        }
    }

    package func start(_ launch: ContainerLaunch) async throws(DriverError) -> RunningContainer {
        let name = launch.name
        if let run = try await inspect(name) {
            // An earlier runtime may have died before it came to this.
            try await export(launch)
            return run
        }
        let records = ContainerRecords(name, layout: layout)
        let log = LXCLog("\(launch.logs)/lxc/lxc.log")
        groups.above.beginStart()
        defer { groups.above.endStart() }
        try await threads.run { () throws(DriverError) in
            try self.removeLeftovers(of: name)
            try self.prepare(launch, records)
        }
        let offset = log.size
        let code = try await runHelper(["start", layout.lxc, name, log.path, "INFO"], in: launch.directory)
        guard code == 0, let process = records.initProcess else {
            let cause = log.errors(after: offset)
            try await threads.run { () throws(DriverError) in try self.removeLeftovers(of: name) }
            throw DriverError("StartContainer", name, cause ?? "its helper \(helper) ended with \(code)")
        }
        switch records.state {
        case .running(let run, let monitor):
            watch(name, run, monitor)
            try await export(launch)
        case .absent, .ended, .unfinished: await reportEnd(of: process.run, records)
        }
        return process.run
    }

    package func stop(_ name: String, grace: Duration) async throws(DriverError) {
        if try await inspect(name) != nil, let watch = state.withLock({ $0.watches[name] }) {
            let process = ContainerRecords(name, layout: layout).initProcess
            await thawBeforeItEnds(name)
            if grace > .zero { halt(process, name) }
            let hasHalted = await watch.hasEnded(within: grace, reactor)
            if !hasHalted {
                try await kill(name)
                guard await watch.hasEnded(within: .seconds(10), reactor) else {
                    throw DriverError("StopContainer", name, "a process of it does not die, though killed")
                }
            }
        }
        try await threads.run { () throws(DriverError) in try self.removeLeftovers(of: name) }
    }

    /// Kills every process of a container.
    private func kill(_ name: String) async throws(DriverError) {
        let process = ContainerRecords(name, layout: layout).initProcess
        try await threads.run { () throws(DriverError) in
            if let descriptor = process?.open() { _ = pv_pidfd_send_signal(descriptor.number, SIGKILL) }
            self.groups.killPayload(of: name)
        }
    }

    /// Reports each end of a container when its monitor ends.
    private func watch(_ name: String, _ run: RunningContainer, _ monitor: ProcessIdentity) {
        let watch = RunWatch(run)
        let isNew = state.withLock { state in
            guard state.watches[name]?.run != run else { return false }
            state.watches[name] = watch
            return true
        }
        guard isNew else { return }
        let finish: @Sendable () -> Void = { self.threads.submit { self.finish(name, watch) } }
        guard let descriptor = monitor.open() else { return finish() }
        reactor.once(descriptor, finish)
    }

    private func finish(_ name: String, _ watch: RunWatch) {
        let records = ContainerRecords(name, layout: layout)
        // When the monitor was killed, the kernel kills init after it.
        if let process = records.initProcess?.open() { process.waitUntilReadable(milliseconds: 10_000) }
        let exit = records.exit(of: watch.run)
        groups.removeEmpty(of: name)
        unmountExports(of: name)
        state.withLock { state in
            if state.watches[name] === watch { state.watches[name] = nil }
            state.reported[name] = watch.run
        }
        report.yield(exit)
        watch.end()
    }

    /// Reports the end of a run that ended while nobody looked.
    private func reportEnd(of run: RunningContainer, _ records: ContainerRecords) async {
        let isNew = state.withLock { state in
            guard state.reported[records.name] != run, state.watches[records.name]?.run != run else { return false }
            state.reported[records.name] = run
            return true
        }
        if isNew { report.yield(records.exit(of: run)) }
    }
}
