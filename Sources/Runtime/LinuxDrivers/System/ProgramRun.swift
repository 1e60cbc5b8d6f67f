import Drivers
import Glibc

/// A program that runs with a limit of time: what it prints, and how it ends.
struct ProgramRun {
    enum End: Equatable {
        case exited(Int)
        case killed(signal: Int)
        case tookTooLong

        func sentence(_ limit: Duration) -> String {
            switch self {
            case .exited(let code): "exited with \(code)"
            case .killed(let signal): "was killed by signal \(signal)"
            case .tookTooLong: "took longer than \(limit.components.seconds) s and was killed"
            }
        }
    }

    private static let maximumOutput = 16 << 10

    private let child: Spawn.Child
    private let output: OwnedDescriptor
    private let collected = Collected()

    /// What it printed, at most so much of it.
    private final class Collected {
        var bytes: [UInt8] = []
    }

    init(_ program: String, arguments: [String] = [], environment: [String]) throws(DriverError) {
        let pipe = try OwnedDescriptor.pipe()
        child = try Spawn.start(
            Spawn.Request(
                executable: program, arguments: arguments, environment: environment, workingDirectory: "/",
                descriptors: [nil, pipe.writing, pipe.writing]))
        output = pipe.reading
        output.makeNonBlocking()
    }

    var lines: [String] {
        collected.bytes.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Waits for its end; what it leaves running in the background is not waited for.
    func finish(within limit: Duration) -> End {
        let deadline = uptime() + limit.components.seconds * 1000
        while true {
            let isOpen = drain()
            let left = deadline - uptime()
            guard left > 0 else { return kill() }
            // A closed output would be ready all the time; a negative number is passed over.
            var wanted = [child.process.number, isOpen ? output.number : -1]
                .map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard retrying({ poll(&wanted, 2, Int32(min(left, 60_000))) }) >= 0 else { return kill() }
            guard wanted[0].revents != 0 else { continue }
            drain()
            guard let outcome = Spawn.reap(child) else { return .exited(-1) }
            return outcome >= 0 ? .exited(outcome) : .killed(signal: -outcome)
        }
    }

    private func kill() -> End {
        Glibc.kill(-child.pid, SIGKILL)
        child.process.waitUntilReadable(milliseconds: 5000)
        drain()
        _ = Spawn.reap(child)
        return .tookTooLong
    }

    /// Whether more may come.
    @discardableResult
    private func drain() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(output.number, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 && errno == EAGAIN }
            collected.bytes += chunk.prefix(min(count, max(0, Self.maximumOutput - collected.bytes.count)))
        }
    }

    /// Milliseconds.
    private func uptime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
