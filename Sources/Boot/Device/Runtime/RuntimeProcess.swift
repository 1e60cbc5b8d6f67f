import APIServer
import CShims
import Controllers
import Drivers
import Glibc
import LinuxDrivers
import LogServer
import Logging
import Model
import Synchronization

/// `pantavisor runtime`: store, engine, controllers and API server over the Linux drivers; the supervisor starts it.
func runRuntime(_ arguments: [String]) throws -> Int32 {
    let hasHeartbeat = arguments.first == heartbeatOption
    let settings = try RuntimeSettings(arguments: Array(arguments.dropFirst(hasHeartbeat ? 1 : 0)))
    guard pv_die_with_parent() == 0 else {
        throw DriverError("Start", "runtime", errno: errno, "cannot follow the supervisor's death")
    }
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
    // Before any thread exists, so that all of them inherit it: only the loop below takes these signals.
    sigprocmask(SIG_BLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)
    pv_share_heap()
    let failure = pv_start_workers(2)
    guard failure == 0 else { throw DriverError("StartThread", "pv-worker", errno: failure, "cannot start a worker") }
    let threshold = LogThreshold(settings.logLevel)
    openLog(settings, threshold)
    let process = try RuntimeProcess(settings: settings, threshold: threshold)
    if hasHeartbeat { process.answerHeartbeat() }
    Task.detached { exit(await process.run()) }
    while true {
        var signal: Int32 = 0
        guard sigwait(&signals, &signal) == 0 else { continue }
        process.powerOff()
    }
}

/// A log file that cannot be made is no reason not to run: the log goes to standard error then.
private func openLog(_ settings: RuntimeSettings, _ threshold: LogThreshold) {
    let path = settings.logServer.ownLog(of: settings.revision)
    do {
        try makeDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
    } catch {
        writeToStandardError("pantavisor: \(error)\n")
    }
    let copy = settings.logServer.outputs.isDirect ? STDOUT_FILENO : settings.logsToStandardError ? STDERR_FILENO : nil
    let file = LogFile(path: path, limit: settings.logServer.fileLimit, copy: copy)
    LoggingSystem.bootstrap { PantavisorLogHandler(label: $0, threshold: threshold, file: file) }
}

/// The runtime with its Linux drivers and its API server.
private struct RuntimeProcess: Sendable {
    private let settings: RuntimeSettings
    private let linux: LinuxDriverSet
    private let runtime: Runtime
    private let server: APIServer
    private let peers: PeerListener?
    private let threshold: LogThreshold

    init(settings: RuntimeSettings, threshold: LogThreshold) throws {
        self.settings = settings
        self.threshold = threshold
        peers = try settings.https.listener()
        linux = try LinuxDriverSet(settings)
        let power = RuntimePower(settings.layout)
        runtime = try Runtime(
            settings: settings, drivers: linux.drivers(power: power), power: power, clock: linux.clock,
            capabilities: linux.capabilities)
        server = APIServer(
            store: runtime.store, services: linux.services(for: settings),
            limits: ServerLimits(openFiles: RuntimeProcess.openFiles), logger: Logger(label: "ctrl"))
    }

    /// How many files this process may have open.
    private static var openFiles: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    /// Returns the exit code that tells the supervisor what comes next.
    func run() async -> Int32 {
        do {
            try await linux.beginBoot()
            try await runtime.load()
            NetworkWatch()?.start(on: linux.reactor) { [runtime] in runtime.noteInterfaces() }
            let briefing = linux.briefing(of: settings, from: runtime.store)
            let briefer = Task { await briefing.run() }
            defer { briefer.cancel() }
            for warning in settings.warnings {
                Logger(label: "config").warning("a setting is left out", metadata: ["why": "\(warning)"])
            }
            let store = runtime.store
            let follower = Task { await threshold.follow(store, usual: settings.logLevel) }
            defer { follower.cancel() }
            let downfall = Task {
                await runtime.waitUntilGoingDown()
                guard !Task.isCancelled else { return }
                kill(getppid(), Supervisor.goesDown)
            }
            defer { downfall.cancel() }
            let action = try await runtime.run {
                try await server.start(at: nil, inheriting: inheritedControlSocket)
                await servePeers()
                kill(getppid(), Supervisor.cameUp)
                // What starting took is not needed again.
                pv_trim_heap()
            }
            await server.stop()
            switch action {
            case .reboot: return Supervisor.RuntimeExit.reboot.rawValue
            case .powerOff: return Supervisor.RuntimeExit.powerOff.rawValue
            }
        } catch {
            Logger(label: "runtime").critical("cannot run", metadata: ["error": "\(error)"])
            writeToStandardError("pantavisor: \(error)\n")
            return 1
        }
    }

    /// A device that peers cannot reach must come up all the same: the log says why.
    private func servePeers() async {
        guard let peers else { return }
        do {
            _ = try await server.serve(peers)
        } catch {
            Logger(label: "ctrl").error("the API is not served with TLS", metadata: ["why": "\(error)"])
        }
    }

    func powerOff() { runtime.powerOff() }

    /// Sends back what the supervisor sends, by way of the engine.
    func answerHeartbeat() {
        let heart = OwnedDescriptor(inheritedHeartbeat)
        let runtime = runtime
        let token = Mutex<Reactor.Token?>(nil)
        let answer: @Sendable () -> Void = {
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = recv(heart.number, &bytes, bytes.count, 0)
            guard count > 0 else {
                if count == 0, let token = token.withLock({ $0 }) { linux.reactor.cancel(token) }
                return
            }
            Task {
                await runtime.beat()
                var answer: UInt8 = 1
                _ = send(heart.number, &answer, 1, Int32(MSG_NOSIGNAL))
            }
        }
        let registration = linux.reactor.whenReadable(heart, answer)
        token.withLock { $0 = registration }
    }
}
