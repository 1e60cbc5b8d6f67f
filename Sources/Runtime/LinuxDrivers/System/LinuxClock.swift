import Drivers
import Glibc
package import Model
import Synchronization

/// Time since boot, suspend included (CLOCK_BOOTTIME).
///
/// Waiting costs no wakeup before its deadline.
package struct LinuxClock: DeviceClock {
    private let reactor: Reactor

    package init(reactor: Reactor) {
        self.reactor = reactor
    }

    package var now: Instant { LinuxClock.uptime }

    package var wall: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec))
    }

    package func wait(until instant: Instant) async throws {
        try Task.checkCancellation()
        if instant <= now { return }
        let wait = ClockWait()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard wait.begin(continuation) else { return }
                wait.keep(reactor.at(instant) { wait.finish() }, in: reactor)
            }
        } onCancel: {
            wait.cancel(in: reactor)
        }
        try Task.checkCancellation()
    }

    /// Milliseconds since boot.
    static var uptime: Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// One wait: resumed once, by its deadline or by cancellation, whichever is first.
private final class ClockWait: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Void, Never>?
        var token: Reactor.Token?
        var isOver = false
    }

    private let state = Mutex(State())

    /// False when it was cancelled before it began.
    func begin(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        let isOver = state.withLock { state in
            if !state.isOver { state.continuation = continuation }
            return state.isOver
        }
        if isOver { continuation.resume() }
        return !isOver
    }

    func keep(_ token: Reactor.Token, in reactor: Reactor) {
        let isOver = state.withLock { state in
            state.token = token
            return state.isOver
        }
        if isOver { reactor.cancel(token) }
    }

    func finish() {
        state.withLock { state in
            state.isOver = true
            return state.continuation.take()
        }?.resume()
    }

    func cancel(in reactor: Reactor) {
        finish()
        if let token = state.withLock({ $0.token }) { reactor.cancel(token) }
    }
}
