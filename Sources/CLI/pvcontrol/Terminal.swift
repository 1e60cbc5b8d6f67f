import Glibc

/// A terminal that hands every key through, for a shell inside a container.
struct RawTerminal: Sendable {
    struct Size: Sendable, Equatable {
        var columns: Int
        var rows: Int
    }

    private let descriptor: Int32
    private let before: Saved

    /// `termios` is plain data; it is kept to be put back.
    private struct Saved: Sendable {
        let settings: termios
    }

    /// nil when the descriptor is no terminal.
    init?(input descriptor: Int32) {
        var settings = termios()
        guard isatty(descriptor) == 1, tcgetattr(descriptor, &settings) == 0 else { return nil }
        self.descriptor = descriptor
        before = Saved(settings: settings)
    }

    func enter() {
        var raw = before.settings
        cfmakeraw(&raw)
        _ = tcsetattr(descriptor, TCSANOW, &raw)
    }

    func leave() {
        var settings = before.settings
        _ = tcsetattr(descriptor, TCSANOW, &settings)
    }

    var size: Size? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Size(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}

/// A descriptor that is read without blocking the threads tasks run on.
struct Input: Sendable {
    enum Piece: Sendable, Equatable {
        case data([UInt8])
        /// Nothing came in time.
        case nothing
        case end
    }

    let descriptor: Int32

    /// Waits at most so many milliseconds for data.
    ///
    /// Each call has a short-lived thread of its own: input is slow.
    func read(waitingAtMost milliseconds: Int32) async -> Piece {
        guard descriptor >= 0 else { return .end }
        return await withCheckedContinuation { continuation in
            let job = Job(descriptor: descriptor, milliseconds: milliseconds, continuation: continuation)
            var thread = pthread_t()
            let failed = pthread_create(
                &thread, nil, { Input.perform($0) }, Unmanaged.passRetained(job).toOpaque())
            guard failed == 0 else {
                Unmanaged.passUnretained(job).release()
                continuation.resume(returning: .end)
                return
            }
            pthread_detach(thread)
        }
    }

    private final class Job: Sendable {
        let descriptor: Int32
        let milliseconds: Int32
        let continuation: CheckedContinuation<Piece, Never>

        init(descriptor: Int32, milliseconds: Int32, continuation: CheckedContinuation<Piece, Never>) {
            self.descriptor = descriptor
            self.milliseconds = milliseconds
            self.continuation = continuation
        }
    }

    private static func perform(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        let job = Unmanaged<Job>.fromOpaque(argument).takeRetainedValue()
        job.continuation.resume(returning: wait(job.descriptor, job.milliseconds))
        return nil
    }

    private static func wait(_ descriptor: Int32, _ milliseconds: Int32) -> Piece {
        var query = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&query, 1, milliseconds) > 0 else { return .nothing }
        var bytes = [UInt8](repeating: 0, count: 32_768)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR || errno == EAGAIN { return .nothing }
        return count > 0 ? .data(Array(bytes.prefix(count))) : .end
    }
}
