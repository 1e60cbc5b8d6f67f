import CShims
import Drivers
import Glibc

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

    /// What the runtime sends when it answers clients.
    static let cameUp = SIGUSR1

    /// So many runtimes in a row that did not come up and the supervisor gives up.
    private static let maximumFailures = 10

    private let arguments: [String]
    private let control: Int32
    private var runtime: pid_t = 0
    private var failures = 0
    private var isStopping = false

    /// `arguments` are the runtime's; `control` is the listening control socket.
    init(arguments: [String], control: Int32) {
        self.arguments = arguments
        self.control = control
    }

    /// Returns the exit code of the whole: 0 when it was asked to stop, 3 after a power-off, 1 when it gave up.
    mutating func run() throws(DriverError) -> Int32 {
        guard pv_become_subreaper() == 0 else {
            throw DriverError("Supervise", "self", errno: errno, "cannot become the reaper of orphans")
        }
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGCHLD, SIGTERM, SIGINT, SIGHUP, Self.cameUp] { sigaddset(&signals, signal) }
        sigprocmask(SIG_BLOCK, &signals, nil)
        try startRuntime()
        while true {
            var signal: Int32 = 0
            guard sigwait(&signals, &signal) == 0 else { continue }
            if signal == SIGCHLD {
                if let code = try reap() { return code }
            } else if signal == Self.cameUp {
                failures = 0
                // A runtime that died while everything was being stopped has forgotten that wish.
                if isStopping { kill(runtime, SIGTERM) }
            } else if let code = stop(isImpatient: signal == SIGINT) {
                return code
            }
        }
    }

    private mutating func startRuntime() throws(DriverError) {
        runtime = try spawnSelf(["pantavisor", "runtime"] + arguments, passing: control)
    }

    /// Reaps every child that ended; a code when the supervisor is to end too.
    private mutating func reap() throws(DriverError) -> Int32? {
        while true {
            var status: Int32 = 0
            let pid = waitpid(-1, &status, WNOHANG)
            guard pid > 0 else { return nil }
            if pid == runtime, let code = try runtimeEnded(status) { return code }
        }
    }

    private mutating func runtimeEnded(_ status: Int32) throws(DriverError) -> Int32? {
        runtime = 0
        if status & 0x7f == 0 {
            switch RuntimeExit(rawValue: (status >> 8) & 0xff) {
            case .powerOff: return isStopping ? 0 : RuntimeExit.powerOff.rawValue
            case .reboot:
                if isStopping { return 0 }
                report("the device restarts")
                try startRuntime()
                return nil
            case nil: break
            }
        }
        let cause =
            status & 0x7f == 0 ? "ended with code \((status >> 8) & 0xff)" : "was killed by signal \(status & 0x7f)"
        failures += 1
        guard failures <= Self.maximumFailures else {
            report("the runtime \(cause) and did not come up \(failures) times; giving up, containers are left running")
            return 1
        }
        report("the runtime \(cause); starting it again, containers keep running")
        try startRuntime()
        return nil
    }

    /// A first request stops everything in order; a second Ctrl-C abandons the containers.
    private mutating func stop(isImpatient: Bool) -> Int32? {
        guard !isStopping else {
            guard isImpatient else { return nil }
            report("abandoned; containers that still run are adopted or stopped by the next start")
            kill(runtime, SIGKILL)
            return 130
        }
        isStopping = true
        kill(runtime, SIGTERM)
        return nil
    }

    private func report(_ text: String) {
        writeToStandardError("pantavisor: \(text)\n")
    }
}

/// Writes to standard error; there is nowhere to report a failure of that to.
func writeToStandardError(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
