import CShims
import Drivers
import Glibc
import LinuxDrivers

/// Keeps a runtime alive: starts it, restarts it when it dies, and reaps what containers leave behind.
///
/// Small, synchronous and single-threaded: it never parses a manifest. It owns the control socket, so that clients
/// wait in its queue while a runtime is replaced, and it is the reaper of the container monitors, so that they outlive
/// the runtime. The runtime's exit code says what comes next (`RuntimeExit`).
struct Supervisor {
    /// How a runtime ends on purpose, as upstream's appengine does.
    enum RuntimeExit: Int32 {
        /// Everything is stopped; start again.
        case reboot = 0
        /// Everything is stopped; stay off.
        case powerOff = 3
    }

    /// How it all ended.
    enum End: Equatable {
        /// A signal asked for it, and everything is stopped.
        case stopped(signal: Int32)
        case reboot
        case powerOff
        /// The runtime does not stay up; containers are left running.
        case gaveUp
        /// It was not waited for that everything stops.
        case abandoned(signal: Int32)
    }

    /// What the runtime sends when it answers clients.
    static let cameUp = SIGUSR1
    /// What the runtime sends when everything is to be stopped.
    static let goesDown = SIGUSR2

    private let arguments: [String]
    private let control: Int32
    private let watchdog: Watchdog?
    private let stopLimit: Int64?
    private let companion: Companion?
    /// Told of every other child that ended, with its wait status.
    private let childEnded: (pid_t, Int32) -> Void
    private let report: (String) -> Void
    private let note: (String) -> Void
    private var deaths: DeathCount
    private var runtime: pid_t = 0
    /// The signal that asked for the end, and when stopping has to be over.
    private var request: (signal: Int32, deadline: Int64?)?

    /// - Parameters:
    ///   - arguments: the runtime's.
    ///   - control: the listening control socket.
    ///   - companion: kept alive beside the runtime, also from one supervisor to the next.
    ///   - stopLimit: milliseconds after which a runtime that was asked to stop is not waited for; nil = for ever.
    init(
        arguments: [String], control: Int32, deaths: DeathCount.Rule, watchdog: Watchdog? = nil,
        companion: Companion? = nil, stopLimit: Int64? = nil,
        childEnded: @escaping (pid_t, Int32) -> Void = { _, _ in },
        report: @escaping (String) -> Void = { writeToStandardError("pantavisor: \($0)\n") },
        note: @escaping (String) -> Void = { _ in }
    ) {
        self.arguments = arguments
        self.control = control
        self.deaths = DeathCount(deaths)
        self.watchdog = watchdog
        self.companion = companion
        self.stopLimit = stopLimit
        self.childEnded = childEnded
        self.report = report
        self.note = note
    }

    /// Starts a runtime, and returns when it is to be started no more.
    ///
    /// - Parameter requests: signals that ask for the end.
    mutating func run(until requests: [Int32]) throws(DriverError) -> End {
        guard getpid() == 1 || pv_become_subreaper() == 0 else {
            throw DriverError("Supervise", "self", errno: errno, "cannot become the reaper of orphans")
        }
        let signals = SignalSet([SIGCHLD, Self.cameUp, Self.goesDown] + requests)
        signals.block()
        companion?.startIfDue()
        try startRuntime()
        while true {
            let (signal, sender) = signals.wait(until: nextDeadline)
            watchdog?.look(at: pv_uptime())
            companion?.startIfDue()
            if let end = endOfPatience() { return end }
            if signal == SIGCHLD {
                if let end = try reap() { return end }
            } else if sender == runtime, signal == Self.cameUp {
                cameUp()
            } else if sender == runtime, signal == Self.goesDown {
                watchdog?.stops()
            } else if requests.contains(signal), let end = stop(signal) {
                return end
            }
        }
    }

    private var nextDeadline: Int64? {
        [watchdog?.nextLook, request?.deadline, companion?.nextStart].compactMap { $0 }.min()
    }

    private mutating func startRuntime() throws(DriverError) {
        let heartbeat = try watchdog?.heartbeat(at: pv_uptime())
        let words = ["pantavisor", "runtime"] + (heartbeat == nil ? [] : [heartbeatOption]) + arguments
        runtime = try spawnSelf(words, passing: [control] + (heartbeat.map { [$0.number] } ?? []))
        withExtendedLifetime(heartbeat) {}
    }

    private mutating func cameUp() {
        deaths.cameUp()
        note("the runtime is up")
        watchdog?.runtimeServes()
        // A runtime that died while everything was being stopped has forgotten that wish.
        if request != nil { kill(runtime, SIGTERM) }
    }

    /// Reaps every child that ended.
    private mutating func reap() throws(DriverError) -> End? {
        while true {
            var status: Int32 = 0
            let pid = waitpid(-1, &status, WNOHANG)
            guard pid > 0 else { return nil }
            if pid != runtime {
                companion?.childEnded(pid)
                childEnded(pid, status)
            } else if let end = try runtimeEnded(status) {
                return end
            }
        }
    }

    private mutating func runtimeEnded(_ status: Int32) throws(DriverError) -> End? {
        runtime = 0
        if status & 0x7f == 0, let exit = RuntimeExit(rawValue: (status >> 8) & 0xff) {
            if let request { return .stopped(signal: request.signal) }
            switch exit {
            case .powerOff: return .powerOff
            case .reboot: return .reboot
            }
        }
        let cause =
            status & 0x7f == 0 ? "ended with code \((status >> 8) & 0xff)" : "was killed by signal \(status & 0x7f)"
        guard !deaths.died(at: pv_uptime()) else {
            report("the runtime \(cause), \(deaths.count) times now; giving up, containers are left running")
            return .gaveUp
        }
        report("the runtime \(cause); starting it again, containers keep running")
        try startRuntime()
        return nil
    }

    /// A first request stops everything in order; a second Ctrl-C abandons the containers.
    private mutating func stop(_ signal: Int32) -> End? {
        guard request == nil else {
            guard signal == SIGINT else { return nil }
            return abandon(signal)
        }
        request = (signal, stopLimit.map { pv_uptime() + $0 })
        watchdog?.stops()
        kill(runtime, SIGTERM)
        return nil
    }

    private func endOfPatience() -> End? {
        guard let request, let deadline = request.deadline, pv_uptime() >= deadline else { return nil }
        return abandon(request.signal)
    }

    private func abandon(_ signal: Int32) -> End {
        report("abandoned; containers that still run are adopted or stopped by the next start")
        kill(runtime, SIGKILL)
        return .abandoned(signal: signal)
    }
}

/// Writes to standard error; there is nowhere to report a failure of that to.
func writeToStandardError(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
