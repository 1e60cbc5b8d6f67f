import Drivers
import Glibc
import Model

/// One process for ever: its number and when it started (clock ticks since boot), so that a reused number is noticed.
struct ProcessIdentity: Sendable, Hashable {
    var pid: Int
    var ticks: UInt64

    /// Nil when there is no such process.
    init?(pid: Int) {
        guard let (ticks, _) = ProcessIdentity.stat(pid) else { return nil }
        self.pid = pid
        self.ticks = ticks
    }

    /// From `<pid> <ticks>`.
    init?(record: String?) {
        let parts = (record ?? "").split(whereSeparator: \.isWhitespace)
        guard parts.count == 2, let pid = Int(parts[0]), let ticks = UInt64(parts[1]) else { return nil }
        self.pid = pid
        self.ticks = ticks
    }

    /// Whether it still runs: a zombie does not.
    var isAlive: Bool {
        guard let (ticks, state) = ProcessIdentity.stat(pid) else { return false }
        return ticks == self.ticks && state != "Z" && state != "X"
    }

    /// A descriptor of exactly this process, or nil when it has ended.
    func open() -> OwnedDescriptor? {
        guard let descriptor = OwnedDescriptor.process(pid) else { return nil }
        // Checked after the open: the number cannot be reused for the descriptor any more.
        return isAlive ? descriptor : nil
    }

    var startedAt: Instant {
        let perSecond = UInt64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
        return Instant(milliseconds: Int64(ticks * 1000 / perSecond))
    }

    var run: RunningContainer { RunningContainer(pid: pid, startedAt: startedAt) }

    /// Start time (field 22) and state of a process (proc_pid_stat(5)).
    private static func stat(_ pid: Int) -> (ticks: UInt64, state: Substring)? {
        guard let text = Files.text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let ticks = UInt64(fields[19]) else { return nil }
        return (ticks, fields[0])
    }
}

/// What the start helper left on tmpfs about a container (StartHelper/helper.h says which file is what).
struct ContainerRecords: Sendable {
    let name: String
    let directory: String

    init(_ name: String, layout: Layout) {
        self.name = name
        directory = "\(layout.lxc)/\(name)"
    }

    var configuration: String { "\(directory)/config" }
    var monitor: ProcessIdentity? { ProcessIdentity(record: Files.text("\(directory)/monitor")) }
    var initProcess: ProcessIdentity? { ProcessIdentity(record: Files.text("\(directory)/init")) }

    /// How it ended, as far as anybody learnt it.
    func exit(of run: RunningContainer) -> ContainerExit {
        let words = (Files.text("\(directory)/exit") ?? "").split(whereSeparator: \.isWhitespace)
        let number = words.count == 2 ? Int(words[1]) : nil
        return ContainerExit(
            name: name, run: run, code: words.first == "exited" ? number : nil,
            signal: words.first == "killed" ? number : nil)
    }

    enum State {
        case absent
        /// The helper was killed before it could say where init is.
        case unfinished(monitor: ProcessIdentity)
        case running(RunningContainer, monitor: ProcessIdentity)
        case ended(RunningContainer)
    }

    var state: State {
        let monitor = monitor
        let isAlive = monitor?.isAlive ?? false
        switch (initProcess, monitor) {
        case (let process?, let monitor?) where isAlive: return .running(process.run, monitor: monitor)
        case (let process?, _): return .ended(process.run)
        case (nil, let monitor?) where isAlive: return .unfinished(monitor: monitor)
        case (nil, _): return .absent
        }
    }
}
