import CShims
import Glibc
import LinuxDrivers

/// The first process of a machine: what all its steps share.
///
/// Single-threaded. Every wait here has a limit, pets the watchdog and reaps what ends.
final class Machine {
    let log = MachineLog()
    let commandLine: KernelCommandLine
    let settings: RuntimeSettings
    let runtimeArguments: [String]
    let watchdog: Watchdog
    let shell: ConsoleShell
    private let children = SignalSet([SIGCHLD])
    private var outcomes: [pid_t: Int32] = [:]
    private var awaited: pid_t?

    var machine: MachineSettings { settings.machine }

    /// Needs /proc, /sys and /dev.
    init() {
        log.takeOver()
        commandLine = KernelCommandLine(Files.text("/proc/cmdline") ?? "")
        let composed = ComposedSettings.ofThisMachine(commandLine)
        // What is left out must not reach the runtime by another way.
        for key in environmentVariables().keys where key.hasPrefix("PV_") { unsetenv(key) }
        settings = composed.settings
        runtimeArguments = composed.runtimeArguments
        watchdog = Watchdog(settings.machine, report: log.warn)
        shell = ConsoleShell(settings.machine, log: log)
        log.note("\(BootCommand.version) is the first process (\(machine.mode.rawValue))")
        for problem in composed.problems { log.warn("a setting is left out: \(problem)") }
    }

    var now: Int64 { pv_uptime() }

    /// Runs a program to its end, or kills it after a time: its exit code, or the signal negated.
    func run(_ program: String, _ arguments: [String], within limit: Duration = .seconds(60)) -> Int {
        var pid: pid_t = 0
        let words = [program] + arguments
        let result = withWords(words) { pv_spawn_session(&pid, program, $0, pv_environment(), nil) }
        guard result == 0 else {
            // As a shell says it.
            log.warn("\(program): \(String(cString: strerror(result)))")
            return 127
        }
        awaited = pid
        defer {
            awaited = nil
            outcomes[pid] = nil
        }
        if !wait(limit, until: { self.outcomes[pid] != nil }) {
            log.warn("\(program) did not end within \(limit.components.seconds) s and is killed")
            kill(-pid, SIGKILL)
            wait(.seconds(5)) { self.outcomes[pid] != nil }
        }
        guard let status = outcomes[pid] else { return -Int(SIGKILL) }
        return status & 0x7f == 0 ? Int(status >> 8 & 0xff) : -Int(status & 0x7f)
    }

    /// Waits for children to end until a condition holds.
    ///
    /// - Returns: false when the time is over before.
    @discardableResult
    func wait(_ limit: Duration, until condition: () -> Bool) -> Bool {
        let deadline = now + limit.milliseconds
        while true {
            reap()
            if condition() { return true }
            guard now < deadline else { return false }
            _ = children.wait(until: min(deadline, watchdog.nextLook ?? deadline))
            watchdog.look(at: now)
        }
    }

    /// Looks at once at everything that ended.
    func reap() {
        while true {
            var status: Int32 = 0
            let pid = waitpid(-1, &status, WNOHANG)
            guard pid > 0 else { return }
            if pid == awaited { outcomes[pid] = status }
            shell.childEnded(pid, status)
        }
    }

    /// Lets time pass until something can be read, and looks after the watchdog meanwhile.
    func slice(until deadline: Int64) -> Int64 {
        watchdog.look(at: now)
        return max(min(deadline, watchdog.nextLook ?? deadline) - now, 0)
    }
}
