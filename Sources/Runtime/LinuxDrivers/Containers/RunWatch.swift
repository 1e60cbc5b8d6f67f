import Drivers
import Model
import Synchronization

/// One run of a container, until it has ended.
final class RunWatch: Sendable {
    private struct State {
        var hasEnded = false
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Bool, Never>] = [:]
    }

    let run: RunningContainer
    private let state = Mutex(State())

    init(_ run: RunningContainer) {
        self.run = run
    }

    func end() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume(returning: true) }
    }

    /// Waits for its end; false when it still runs after `limit`.
    func hasEnded(within limit: Duration, _ reactor: Reactor) async -> Bool {
        let deadline = LinuxClock.uptime + limit
        let timer = Mutex<Reactor.Token?>(nil)
        let hasEnded = await withCheckedContinuation { continuation in
            let waiter: Int? = state.withLock { state in
                if state.hasEnded { return nil }
                state.nextWaiter += 1
                state.waiters[state.nextWaiter] = continuation
                return state.nextWaiter
            }
            guard let waiter else { return continuation.resume(returning: true) }
            let token = reactor.at(deadline) {
                self.state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume(returning: false)
            }
            timer.withLock { $0 = token }
        }
        if let token = timer.withLock({ $0 }) { reactor.cancel(token) }
        return hasEnded
    }
}
