import Glibc
import Synchronization

/// An append-only file that several loggers share.
///
/// Lines are written whole, and by nobody but this process, so that none depends on the log server. It becomes
/// `<file>.1` when it is as long as one may be; the log server packs that, and while there is none, the next takes its
/// place.
final class LogFile: Sendable {
    private struct State {
        /// -1 when it could not be opened.
        var descriptor: Int32
        var size: Int
    }

    private let path: String
    private let limit: Int
    private let copy: Int32?
    private let state: Mutex<State>
    /// How many bytes could not be written, for the day the disk is full.
    private let lost = Mutex(0)

    /// Opens (and makes) the file; when that fails, the log goes to standard error instead.
    ///
    /// - Parameter copy: a descriptor that lines are written to as well.
    init(path: String, limit: Int, copy: Int32?) {
        self.path = path
        self.limit = limit
        let opened = Self.open(path)
        self.copy = copy ?? (opened.descriptor < 0 ? STDERR_FILENO : nil)
        state = Mutex(opened)
    }

    private static func open(_ path: String) -> State {
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        var status = stat()
        let size = descriptor >= 0 && fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
        return State(descriptor: descriptor, size: size)
    }

    func write(_ line: String) {
        let bytes = Array(line.utf8)
        if let copy { _ = bytes.withUnsafeBytes { Glibc.write(copy, $0.baseAddress, $0.count) } }
        let missing = state.withLock { state in
            guard state.descriptor >= 0 else { return 0 }
            let written = bytes.withUnsafeBytes { Glibc.write(state.descriptor, $0.baseAddress, $0.count) }
            state.size += max(written, 0)
            if state.size >= limit { rotate(&state) }
            return bytes.count - max(written, 0)
        }
        if missing > 0 { lost.withLock { $0 += missing } }
    }

    private func rotate(_ state: inout State) {
        // The log server may have emptied it to make room.
        var status = stat()
        if fstat(state.descriptor, &status) == 0, status.st_nlink > 0, status.st_size < limit {
            state.size = Int(status.st_size)
            return
        }
        _ = rename(path, "\(path).1")
        let next = Self.open(path)
        guard next.descriptor >= 0 else {
            // Perhaps the disk is full: it goes on where it was, and tries again as many bytes later.
            state.size = 0
            return
        }
        close(state.descriptor)
        state = next
    }

    var lostBytes: Int { lost.withLock { $0 } }
}
