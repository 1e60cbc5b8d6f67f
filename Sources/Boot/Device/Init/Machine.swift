import CShims
import Drivers
import Glibc
import LinuxDrivers

/// The first process of a machine: what all its steps share.
///
/// Single-threaded. Every wait here has a limit, pets the watchdog and reaps what ends.
final class Machine {
    let log = MachineLog()
    let commandLine: KernelCommandLine
    let settings: RuntimeSettings
    /// What makes a runtime see the same values.
    let runtimeArguments = [SettingSources.machineOption]
    let watchdog: Watchdog
    let shell: ConsoleShell
    private let children = SignalSet([SIGCHLD])
    private var outcomes: [pid_t: Int32] = [:]
    private var awaited: pid_t?

    var machine: MachineSettings { settings.machine }

    /// Needs /proc, /sys and /dev.
    init() {
        log.takeOver()
        commandLine = .ofThisMachine
        let composed = ComposedSettings(
            SettingSources(commandLine: commandLine, environment: environmentVariables()))
        settings = composed.settings
        watchdog = Watchdog(settings.machine, report: log.warn)
        shell = ConsoleShell(settings.machine, log: log)
        log.note("\(BootCommand.version) is the first process (\(machine.mode.rawValue))")
        for problem in composed.problems { log.warn("a setting is left out: \(problem)") }
    }

    var now: Int64 { pv_uptime() }

    /// Runs a program to its end, or kills it after a time: its exit code, or the signal negated.
    ///
    /// What it prints goes to the log by lines.
    func run(_ program: String, _ arguments: [String], within limit: Duration = .seconds(60)) -> Int {
        do throws(DriverError) {
            let output = try OwnedDescriptor.pipe()
            output.reading.makeNonBlocking()
            var pid: pid_t = 0
            let result = withWords([program] + arguments) {
                pv_spawn_session(&pid, program, $0, pv_environment(), nil, output.writing.number)
            }
            guard result == 0 else {
                throw DriverError("Run", program, errno: result, String(cString: strerror(result)))
            }
            awaited = pid
            defer {
                awaited = nil
                outcomes[pid] = nil
            }
            listen(to: output.reading, of: program, pid, until: now + limit.milliseconds)
            if outcomes[pid] == nil {
                log.warn("\(program) did not end within \(limit.components.seconds) s and is killed")
                kill(-pid, SIGKILL)
                wait(.seconds(5)) { self.outcomes[pid] != nil }
            }
            guard let status = outcomes[pid] else { return -Int(SIGKILL) }
            return status & 0x7f == 0 ? Int(status >> 8 & 0xff) : -Int(status & 0x7f)
        } catch {
            log.warn("\(error)")
            // As a shell says it.
            return 127
        }
    }

    /// Logs what a program prints until it ends; children that it leaves behind are not waited for.
    private func listen(to output: OwnedDescriptor, of program: String, _ pid: pid_t, until deadline: Int64) {
        guard let process = OwnedDescriptor.process(Int(pid)) else { return }
        let name = program.split(separator: "/").last ?? ""
        var lines = ToolOutput()
        var isOpen = true
        repeat {
            var ends = [
                pollfd(fd: process.number, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isOpen ? output.number : -1, events: Int16(POLLIN), revents: 0),
            ]
            poll(&ends, 2, Int32(clamping: slice(until: deadline)))
            var chunk = [UInt8](repeating: 0, count: 4096)
            var count = isOpen ? read(output.number, &chunk, chunk.count) : -1
            if count == 0 { isOpen = false }
            while count > 0 {
                for line in lines.take(chunk[..<count]) { log.note("\(name): \(line)") }
                count = read(output.number, &chunk, chunk.count)
            }
            reap()
        } while outcomes[pid] == nil && now < deadline
        for line in lines.rest() { log.note("\(name): \(line)") }
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
