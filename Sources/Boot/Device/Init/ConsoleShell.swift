import CShims
import Glibc
import LinuxDrivers

/// A shell for whoever stands before the machine.
///
/// A small process asks for ENTER on the console, so that nothing a terminal does can hold up the first process. When
/// it ends well the shell takes its place, and it comes again when the shell ends.
final class ConsoleShell {
    private enum State: Equatable {
        case none
        /// The machine ends: nobody is asked any more.
        case over
        case asking(pid_t)
        case open(pid_t)
    }

    private let log: MachineLog
    private let program: [String]?
    private let terminal: String
    private var state = State.none

    init(_ settings: MachineSettings, log: MachineLog) {
        self.log = log
        terminal = ConsoleShell.terminal
        program = ConsoleShell.program(settings, terminal: terminal, exists: Files.exists)
    }

    /// What to start: nil when none is wanted, or there is none.
    static func program(_ settings: MachineSettings, terminal: String, exists: (String) -> Bool) -> [String]? {
        guard settings.offersShell else { return nil }
        if settings.shellNeedsNoLogin { return exists("/bin/sh") ? ["/bin/sh", "-l"] : nil }
        guard exists("/bin/login") else { return nil }
        let line = terminal.dropFirst("/dev/".count)
        return exists("/sbin/getty") ? ["/sbin/getty", "-L", "115200", String(line)] : ["/bin/login"]
    }

    /// The device behind the console, as only that can control a session.
    private static var terminal: String {
        let names = (Files.text("/sys/class/tty/console/active") ?? "").split(whereSeparator: \.isWhitespace)
        return "/dev/\(names.last ?? "console")"
    }

    var isAvailable: Bool { program != nil }

    var isOpen: Bool {
        switch state {
        case .open: true
        case .none, .over, .asking: false
        }
    }

    func offer() {
        guard program != nil, state == .none else { return }
        // By a file name of its own: /proc/self would be the child's.
        if let pid = start(["/proc/1/exe", BootCommand.console.rawValue]) { state = .asking(pid) }
    }

    /// From here on a shell that ends is not followed by another.
    func close() { state = .over }

    /// To be told of every child that ended.
    func childEnded(_ pid: pid_t, _ status: Int32) {
        switch state {
        case .asking(pid):
            state = .none
            // A console that nobody can type at says so by its code.
            if status == 0, let program, let shell = start(program) { state = .open(shell) }
        case .open(pid):
            state = .none
            offer()
        case .none, .over, .asking, .open: break
        }
    }

    private func start(_ words: [String]) -> pid_t? {
        var pid: pid_t = 0
        let result = withWords(words) { pv_spawn_session(&pid, words[0], $0, pv_environment(), terminal, -1) }
        guard result == 0 else {
            log.warn("\(words[0]) on \(terminal): \(String(cString: strerror(result)))")
            return nil
        }
        return pid
    }
}

/// `pantavisor console`: waits for somebody at the console; 0 = ENTER was pressed.
func waitForSomebody() -> Int32 {
    writeToStandardError("Press [ENTER] for a debug shell.\r\n")
    var byte: UInt8 = 0
    while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return 1 }
        if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return 0 }
    }
}

/// Gives C a NULL-terminated array of strings for the time of a call.
func withWords<Result>(
    _ words: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    pointers.append(nil)
    defer { pointers.forEach { free($0) } }
    return body(&pointers)
}
