import Glibc
import Synchronization

/// Where the handler of a signal writes its number; -1 when nobody waits for one.
private let signalPipe = Atomic<Int32>(-1)

/// What a full-screen view is told from outside: keys, and signals, as they come.
///
/// There is one at a time in a process.
final class TerminalInput: Sendable {
    enum Key: Sendable, Equatable { case quit, suspend, up, down, pageUp, pageDown }

    enum Event: Sendable, Equatable {
        case key(Key)
        case signal(Int32)
        /// Nothing more can be typed.
        case end
    }

    let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private let reading: Int32
    private let writing: Int32

    private static let signals = [SIGWINCH, SIGCONT, SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    init(_ descriptor: Int32) throws(CommandError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .failed("cannot make a pipe: \(String(cString: strerror(errno)))") }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (reading, writing) = (ends[0], ends[1])
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(256))
        signalPipe.store(writing, ordering: .sequentiallyConsistent)
        for number in TerminalInput.signals { TerminalInput.handle(number) }
        try read(descriptor)
    }

    /// Lets signals do what they do by default, and ends the thread that reads.
    func stop() {
        for number in TerminalInput.signals { signal(number, SIG_DFL) }
        signalPipe.store(-1, ordering: .sequentiallyConsistent)
        continuation.finish()
        // The thread sees that and closes its end.
        close(writing)
    }

    private static func handle(_ number: Int32) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            let saved = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(signalPipe.load(ordering: .sequentiallyConsistent), &byte, 1)
            errno = saved
        }
        action.sa_flags = SA_RESTART
        sigaction(number, &action, nil)
    }

    // MARK: - The thread

    private struct Job: Sendable {
        let descriptor: Int32
        let pipe: Int32
        let events: AsyncStream<Event>.Continuation
    }

    private final class Box: Sendable {
        let job: Job
        init(_ job: Job) { self.job = job }
    }

    private func read(_ descriptor: Int32) throws(CommandError) {
        let box = Box(Job(descriptor: descriptor, pipe: reading, events: continuation))
        var thread = pthread_t()
        let failed = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                TerminalInput.work(Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().job)
                return nil
            }, Unmanaged.passRetained(box).toOpaque())
        guard failed == 0 else {
            Unmanaged.passUnretained(box).release()
            throw .failed("cannot start a thread: \(String(cString: strerror(failed)))")
        }
        pthread_detach(thread)
    }

    private static func work(_ job: Job) {
        defer { close(job.pipe) }
        var polls = [
            pollfd(fd: job.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: job.pipe, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            guard poll(&polls, nfds_t(polls.count), -1) >= 0 else {
                if errno == EINTR { continue }
                return
            }
            if polls[1].revents != 0 {
                guard let bytes = take(job.pipe), !bytes.isEmpty else { return }
                for byte in bytes { job.events.yield(.signal(Int32(byte))) }
            }
            guard polls[0].revents != 0 else { continue }
            guard let bytes = take(job.descriptor), !bytes.isEmpty else {
                job.events.yield(.end)
                // The signal's end of it is still waited for.
                polls[0].fd = -1
                continue
            }
            for key in keys(bytes) { job.events.yield(.key(key)) }
        }
    }

    /// What there is; empty at the end, nil when it cannot be read.
    private static func take(_ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    /// The keys among some bytes of a terminal; others mean nothing.
    static func keys(_ bytes: [UInt8]) -> [Key] {
        var keys: [Key] = []
        var rest = bytes[...]
        while let first = rest.popFirst() {
            switch first {
            case UInt8(ascii: "q"), 3: keys.append(.quit)
            case 26: keys.append(.suspend)
            case UInt8(ascii: "k"): keys.append(.up)
            case UInt8(ascii: "j"): keys.append(.down)
            case 27 where rest.first == UInt8(ascii: "[") || rest.first == UInt8(ascii: "O"):
                rest = rest.dropFirst()
                let code = rest.prefix { !(0x40...0x7E).contains($0) }
                rest = rest.dropFirst(code.count)
                switch (rest.popFirst(), code.first) {
                case (UInt8(ascii: "A"), nil): keys.append(.up)
                case (UInt8(ascii: "B"), nil): keys.append(.down)
                case (UInt8(ascii: "~"), UInt8(ascii: "5")): keys.append(.pageUp)
                case (UInt8(ascii: "~"), UInt8(ascii: "6")): keys.append(.pageDown)
                case _: break
                }
            case _: break
            }
        }
        return keys
    }
}
