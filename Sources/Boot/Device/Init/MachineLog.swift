import Glibc

/// What the first process says: to the kernel's log, and what somebody must see also to the console.
///
/// Standard output and error are the console until `takeOver`, and the kernel's log from then on, also for children.
final class MachineLog {
    /// The kernel's numbers.
    private enum Level: Int {
        case error = 3
        case warning = 4
        case information = 6
    }

    private(set) var isKernelLog = false
    private let console: String

    init(console: String = "/dev/console") {
        self.console = console
    }

    /// Sends standard output and error to the kernel's log from now on.
    func takeOver() {
        let log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC)
        guard log >= 0 else { return warn("/dev/kmsg cannot be opened; messages go to the console") }
        dup2(log, STDOUT_FILENO)
        dup2(log, STDERR_FILENO)
        if log > STDERR_FILENO { close(log) }
        isKernelLog = true
    }

    func note(_ text: String) { write(.information, text) }
    func warn(_ text: String) { write(.warning, text) }

    /// For what somebody before the machine must read.
    func fail(_ text: String) {
        write(.error, text)
        if isKernelLog { show(text) }
    }

    /// To the console alone.
    func show(_ text: String) {
        let terminal = open(console, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard terminal >= 0 else { return }
        defer { close(terminal) }
        let bytes = Array("pantavisor: \(text)\r\n".utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(terminal, $0.baseAddress, $0.count) }
    }

    private func write(_ level: Level, _ text: String) {
        // One message is one line, and the kernel takes at most 976 bytes of it.
        let line = String(text.map { $0.isNewline ? " | " : String($0) }.joined().prefix(900))
        writeToStandardError((isKernelLog ? "<\(level.rawValue)>" : "") + "pantavisor: \(line)\n")
    }
}
