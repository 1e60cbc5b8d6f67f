import Foundation

/// The real tool on a terminal of its own, and what that terminal shows.
final class PseudoTerminal {
    struct Failure: Error {
        let call: String
        let number: Int32
    }

    private let master: Int32
    private let slave: Int32
    private let process: pid_t
    private let before: termios
    private(set) var lines: [String] = []
    private var unread: [UInt8] = []
    private var row = 0
    /// Whether it shows the other screen, and a cursor.
    private(set) var isOnOtherScreen = false
    private(set) var hasCursor = true
    private(set) var erasures = 0

    init(_ arguments: [String], rows: UInt16, columns: UInt16) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (number, isLocked): (Int32, Int32) = (0, 0)
        // TIOCSPTLCK and TIOCGPTN, which the C library's module lacks.
        guard master >= 0, ioctl(master, 0x4004_5431, &isLocked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
            throw Failure(call: "open /dev/ptmx", number: errno)
        }
        let name = "/dev/pts/\(number)"
        slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
        var settings = termios()
        tcgetattr(slave, &settings)
        before = settings
        let directory = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        process = try PseudoTerminal.start(
            directory.appendingPathComponent("pantavisor").path, ["pvcontrol"] + arguments, name,
            PseudoTerminal.size(rows, columns), master)
    }

    deinit {
        close(master)
        close(slave)
    }

    private static func size(_ rows: UInt16, _ columns: UInt16) -> winsize {
        winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    }

    /// As the leader of a session, whose first terminal becomes its own.
    private static func start(
        _ path: String, _ arguments: [String], _ terminal: String, _ size: winsize, _ master: Int32
    ) throws -> pid_t {
        var size = size
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
        for number in [Int32(1), 2] { posix_spawn_file_actions_adddup2(&actions, 0, number) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSID
        posix_spawnattr_setflags(&attributes, 0x80)
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        let failed = posix_spawn(&process, path, &actions, &attributes, &words, environ)
        guard failed == 0 else { throw Failure(call: "posix_spawn \(path)", number: failed) }
        return process
    }

    func resize(rows: UInt16, columns: UInt16) {
        var size = PseudoTerminal.size(rows, columns)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    func type(_ text: String) { _ = Foundation.write(master, text, text.utf8.count) }

    func signal(_ number: Int32) { kill(process, number) }

    /// Whether the settings are those of before.
    var isAsBefore: Bool {
        var now = termios()
        tcgetattr(slave, &now)
        return now.c_lflag == before.c_lflag && now.c_iflag == before.c_iflag && now.c_oflag == before.c_oflag
    }

    /// Takes what comes until the terminal shows what is wanted.
    func show(until isWanted: (PseudoTerminal) -> Bool) async throws {
        while !isWanted(self) {
            try Task.checkCancellation()
            await read()
        }
    }

    /// How it ended: its exit code, or minus the signal.
    func end() async throws -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, WNOHANG) == 0 {
            try Task.checkCancellation()
            await read()
        }
        await read()
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
    }

    private func read() async {
        await Task.yield()
        var query = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        guard poll(&query, 1, 20) > 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = Foundation.read(master, &bytes, bytes.count)
        if count > 0 { take(bytes[..<count]) }
    }

    // MARK: - What a terminal does

    private func take(_ bytes: ArraySlice<UInt8>) {
        unread += bytes
        while let end = endOfPiece {
            let piece = unread[..<end]
            unread = Array(unread[end...])
            if piece.first == 27 { obey(String(decoding: piece.dropFirst(2), as: UTF8.self)) } else { write(piece) }
        }
    }

    /// One control sequence, or the text before the next.
    private var endOfPiece: Int? {
        guard let first = unread.first else { return nil }
        if first != 27 { return unread.firstIndex(of: 27) ?? unread.count }
        return unread.dropFirst(2).firstIndex { (0x40...0x7E).contains($0) }.map { $0 + 1 }
    }

    private func write(_ text: ArraySlice<UInt8>) {
        while lines.count <= row { lines.append("") }
        lines[row] += String(decoding: text, as: UTF8.self)
    }

    private func obey(_ sequence: String) {
        switch sequence {
        case "?1049h": isOnOtherScreen = true
        case "?1049l": isOnOtherScreen = false
        case "?25l": hasCursor = false
        case "?25h": hasCursor = true
        case "2J":
            erasures += 1
            lines = []
        case "J": lines = Array(lines.prefix(row))
        case "2K": if row < lines.count { lines[row] = "" }
        case _ where sequence.hasSuffix("H"): row = (Int(sequence.prefix { $0 != ";" }) ?? 1) - 1
        case _: break
        }
    }
}
