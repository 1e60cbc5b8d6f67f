import APIServer
import CShims
import Controllers
import Drivers
import LinuxDrivers
import Logging
import Model
import Store

/// All Linux drivers of one runtime, around one reactor and one set of threads.
struct LinuxDriverSet: Sendable {
    let reactor: Reactor
    let clock: LinuxClock
    let capabilities: Capabilities
    private let layout: Layout
    private let containers: LXCContainers
    private let mounts: LinuxMounts
    private let storage: LinuxStorage
    private let journal: TmpfsJournal
    private let logs: LogFiles
    private let briefings: LogBriefingFile
    private let bootloader: any BootloaderDriver
    private let hooks: HookPrograms
    private let meta: LinuxMeta
    private let modules: KernelModules

    init(_ settings: RuntimeSettings) throws(DriverError) {
        layout = settings.layout
        reactor = try Reactor()
        let threads = Threads()
        clock = LinuxClock(reactor: reactor)
        capabilities = try Capabilities.discover()
        // Starting a container waits for its helper: a thread each, so that a group starts side by side.
        containers = try LXCContainers(
            layout: layout,
            options: LXCContainers.Options(
                hooks: settings.mountHooks, consoleLimit: settings.logServer.fileLimit),
            reactor: reactor, threads: Threads(limit: 8), logger: Logger(label: "lxc"))
        mounts = LinuxMounts(threads: threads)
        storage = LinuxStorage(layout: layout, threads: threads)
        journal = TmpfsJournal(layout: layout, threads: threads)
        logs = LogFiles(layout: layout, reactor: reactor, threads: threads)
        briefings = LogBriefingFile(layout: layout, threads: threads)
        meta = LinuxMeta(
            layout: layout,
            directories: [UserMeta.directory: settings.userMeta, DeviceMeta.directory: settings.deviceMeta],
            threads: threads)
        modules = KernelModules()
        var loader = settings.bootloader
        // Its entries hold the kernel's command line; a new one takes over that of this boot.
        if settings.loader == .systemdBoot { loader.kernelOptions = KernelCommandLine.ofThisMachine.inherited }
        bootloader = LinuxDrivers.bootloader(type: settings.loader ?? .uboot, loader)
        hooks = HookPrograms(
            layout: layout, directory: settings.hooks, threads: Threads(limit: 1), logger: Logger(label: "hooks"))
    }

    /// Before anything is observed.
    func beginBoot() async throws(DriverError) {
        try await containers.beginBoot()
        try await storage.clearLeftovers()
    }

    func drivers(power: RuntimePower) -> DriverSet {
        DriverSet(
            containers: containers, mounts: mounts, storage: storage, bootloader: bootloader, journal: journal,
            hooks: hooks, meta: meta, modules: modules, power: power)
    }

    /// What keeps the log server told of the store.
    func briefing(of settings: RuntimeSettings, from store: ResourceStore) -> LogBriefingWriter {
        LogBriefingWriter(store: store, revision: settings.revision, file: briefings)
    }

    /// What the API server needs beside the store.
    func services(for settings: RuntimeSettings) -> Services {
        let clock = clock
        let hardware = LXCContainers.hardware
        let options = settings.device.rollouts.state
        let revisions = StoredRevisions(storage: storage, layout: layout, options: options)
        var services = Services(
            callers: KernelIdentity(peers: PeerIdentity(layout: layout), logger: Logger(label: "identity")),
            logs: ContainerLogs(files: logs),
            exec: ContainerExec(containers: containers), steps: StoredSteps(storage: storage, layout: layout),
            blobs: StoredBlobs(storage: storage), revisions: revisions,
            usage: MeasuredUsage(containers, clock: clock),
            hardware: Hardware(processors: hardware.processors, memory: hardware.memory),
            admissions: [
                Revision.descriptor.name: RevisionAdmission(
                    revisions, finalizer: Revision.trailFinalizer, options: options),
                Rollout.descriptor.name: RolloutAdmission(patience: .seconds(10)),
                UserMeta.descriptor.name: MetaAdmission<UserMeta>(patience: .seconds(10)),
                DeviceMeta.descriptor.name: MetaAdmission<DeviceMeta>(patience: .seconds(10)),
            ],
            buildInfo: BuildInfo.text, now: { clock.wall },
            pause: { try await clock.wait(until: clock.now + $0) }, uptime: { clock.now })
        services.measurements = deviceMeasurements
        services.releaseMemory = { pv_trim_heap() }
        services.planner = UpdatePlanner(preview: UpdatePreview(settings: settings.device.rollouts))
        return services
    }
}

/// Callers of the control socket, as the kernel tells them.
private struct KernelIdentity: CallerIdentifier {
    let peers: PeerIdentity
    let logger: Logger

    func process(of descriptor: Int32) -> Int32 { pv_peer_pid(descriptor) }

    func identify(_ descriptor: Int32) -> Caller {
        do throws(DriverError) {
            switch try peers.identify(socket: descriptor) {
            case .host: return .host
            case .container(let name): return .container(name)
            }
        } catch {
            logger.notice("a caller could not be identified", metadata: ["why": "\(error)"])
            return .unknown
        }
    }
}

/// The logs that LXC writes for each container.
private struct ContainerLogs: LogSource {
    let files: LogFiles

    func open(
        container: String, of revision: String, stream: LogStream, tailLines: Int?, follow: Bool
    ) async throws -> any AsyncSequence<[UInt8], any Error> & Sendable {
        let file =
            switch stream {
            case .console: "lxc/console.log"
            case .lxc: "lxc/lxc.log"
            case .source(let name): name
            }
        return try await files.open("\(revision)/\(container)/\(file)", tailLines: tailLines, follow: follow)
    }

    func sources(of container: String, in revision: String) async -> [String] {
        await files.names(below: "\(revision)/\(container)").filter { !$0.hasPrefix("lxc/") }
    }
}
