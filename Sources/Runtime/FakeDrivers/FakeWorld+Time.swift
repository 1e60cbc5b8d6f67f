import Drivers
package import Model
import Synchronization

extension FakeWorld {
    package var now: Instant { state.withLock { $0.now } }

    /// When the world changes next by itself; nil = it is still.
    package var nextEvent: Instant? { state.withLock { $0.timers.first?.at } }

    /// Moves time on, doing everything that is due, in order.
    package func advance(to instant: Instant) {
        while let fire = popDue(at: instant) { fire() }
        state.withLock { $0.now = max($0.now, instant) }
    }

    private func popDue(at instant: Instant) -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard let first = state.timers.first, first.at <= instant else { return nil }
            state.now = max(state.now, first.at)
            return state.timers.removeFirst().fire
        }
    }

    /// Does something at a time; things of one time in the order they were asked for.
    @discardableResult
    func schedule(at instant: Instant, _ fire: @escaping @Sendable () -> Void) -> UInt64 {
        state.withLock { state in
            state.lastTicket += 1
            let timer = Timer(at: instant, ticket: state.lastTicket, fire: fire)
            let index = state.timers.firstIndex { $0.at > instant } ?? state.timers.endIndex
            state.timers.insert(timer, at: index)
            return timer.ticket
        }
    }

    func unschedule(_ ticket: UInt64) {
        state.withLock { state in state.timers.removeAll { $0.ticket == ticket } }
    }

    func wait(until instant: Instant) async {
        if runsFreely { return advance(to: instant) }
        guard now < instant else { return }
        await withCheckedContinuation { continuation in
            schedule(at: instant) { continuation.resume() }
        }
    }
}

/// The world's time, as the engine's shell sees it.
package struct FakeClock: DeviceClock {
    private let world: FakeWorld
    /// The wall clock at uptime 0.
    private let epoch: Timestamp

    package init(_ world: FakeWorld, epoch: Timestamp = Timestamp(seconds: 1_767_225_600)) {
        self.world = world
        self.epoch = epoch
    }

    package var now: Instant { world.now }
    package var wall: Timestamp { Timestamp(seconds: epoch.seconds + now.milliseconds / 1000) }

    package func wait(until instant: Instant) async throws { await world.wait(until: instant) }
}
