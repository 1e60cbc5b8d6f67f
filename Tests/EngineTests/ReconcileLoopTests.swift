import Drivers
import Engine
import Logging
import Model
import Store
import Synchronization
import Testing

struct ReconcileLoopTests {
    @Test(.timeLimit(.minutes(1)))
    func `the loop converges, retries on its clock, takes facts in and ends when told`() async throws {
        let store = Workbench.makeStore()
        let clock = HandClock()
        let tries = Journal()
        let controller = LampController(perform: { action throws(DriverError) in
            tries.add(action.description)
            if tries.count == 1 { throw DriverError("TurnLamp", "a", "no") }
            return try await LampController.obey(action)
        })
        let loop = try ReconcileLoop(
            store: store, controllers: [AnyController(controller)], clock: clock, capabilities: Capabilities(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { await loop.run() }
        try store.create(AnyResource(Resource<Lamp>(name: "a", spec: Lamp.Spec(level: 1))))
        try await lamp(in: store) { $0.conditions[Condition.progressing]?.status == .no }

        await clock.waiter()
        clock.move(to: Instant(milliseconds: 100))
        try await lamp(in: store) { $0.level == 1 && $0.conditions.isTrue(Condition.progressing) }
        loop.observe(Lamp.self, "a", Facts { $0.level = 0 })
        loop.observe(Lamp.self, "nobody", Facts { $0.level = 0 })
        try await lamp(in: store) { $0.level == 1 }
        await loop.stop()
        await running.value
        #expect(tries.all == ["turn to 1", "turn to 1", "turn to 1"])
    }

    /// Waits on the watch until the lamp is as described.
    private func lamp(in store: ResourceStore, _ isRight: (Lamp.Status) -> Bool) async throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self)
        let watch = try store.watch(WatchOptions(from: .now)) { wake.yield() }
        wake.yield()
        for await _ in wakes {
            _ = watch.take()
            if let lamp = store.snapshot().get(Lamp.self, "a"), isRight(lamp.status) { return }
        }
    }
}

/// A clock that a test moves by hand.
final class HandClock: DeviceClock {
    private struct State {
        var now = Instant.zero
        var waiting: [(until: Instant, resume: CheckedContinuation<Void, Never>)] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }
    var wall: Timestamp { Timestamp(seconds: now.milliseconds / 1000) }

    func wait(until instant: Instant) async throws {
        await withCheckedContinuation { continuation in
            let (isDue, watchers) = state.withLock { state in
                let isDue = state.now >= instant
                if !isDue { state.waiting.append((instant, continuation)) }
                defer { state.watchers = [] }
                return (isDue, state.watchers)
            }
            if isDue { continuation.resume() }
            for watcher in watchers { watcher.resume() }
        }
    }

    /// Returns when somebody waits.
    func waiter() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.waiting.isEmpty { state.watchers.append(continuation) }
                return !state.waiting.isEmpty
            }
            if isThere { continuation.resume() }
        }
    }

    func move(to instant: Instant) {
        let due = state.withLock { state in
            state.now = instant
            let due = state.waiting.filter { $0.until <= instant }
            state.waiting.removeAll { $0.until <= instant }
            return due
        }
        for waiter in due { waiter.resume.resume() }
    }
}
