import Model
import Store
import Synchronization

/// What the store alone does: writes, snapshots, and telling watches.
enum StoreBench {
    static func run() async throws {
        try writes()
        try await latency()
        try await delivery()
    }

    static func makeStore(_ groups: Int, limit: Int = 100_000) throws(StoreError) -> ResourceStore {
        let counter = Mutex(0)
        let store = ResourceStore(
            firstVersion: ResourceVersion(1), limit: limit, now: { Timestamp(seconds: 1_700_000_000) },
            uid: {
                counter.withLock {
                    $0 += 1
                    return "00000000-0000-4000-8000-\($0)"
                }
            })
        for number in 0..<groups {
            let spec = Group.Spec(order: 0, description: "a group of the benchmark")
            try store.create(AnyResource(Resource<Group>(name: name(number), spec: spec)))
        }
        return store
    }

    static func name(_ number: Int) -> String { "group-\(number)" }

    /// Each write follows a snapshot, as in the engine, so that each copies its path in the trees.
    private static func writes() throws {
        let store = try makeStore(10_000)
        let count = 200_000
        var snapshot = store.snapshot()
        let writing = try ContinuousClock().measure {
            for number in 0..<count {
                try store.modify(Group.self, name(number % 10_000), part: .status) { $0.status.members = number + 1 }
                snapshot = store.snapshot()
            }
        }
        report("store_writes", Double(count) / writing.inSeconds, "per_second")
        let reading = ContinuousClock().measure {
            for _ in 0..<count { snapshot = store.snapshot() }
        }
        precondition(snapshot.count == 10_000)
        report("store_snapshot", reading.inSeconds / Double(count) * 1e9, "nanoseconds")
    }

    /// From before a write until a task that slept has the event.
    private static func latency() async throws {
        let store = try makeStore(100)
        let clock = ContinuousClock()
        let changes = try store.changes(WatchOptions(kinds: ["Group"]))
        let (arrivals, arrived) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
        let watcher = Task {
            for await batch in changes { for _ in batch { arrived.yield(clock.now) } }
        }
        var samples: [Duration] = []
        var arrival = arrivals.makeAsyncIterator()
        for number in 1...20_000 {
            let start = clock.now
            try store.modify(Group.self, name(number % 100), part: .status) { $0.status.members = number }
            guard let end = await arrival.next() else { break }
            samples.append(end - start)
        }
        watcher.cancel()
        samples.sort()
        report("change_to_watcher_p50", samples.percentile(50).inMicroseconds, "microseconds", .atMost(50))
        report("change_to_watcher_p99", samples.percentile(99).inMicroseconds, "microseconds", .atMost(150))
    }

    /// Ten watches of everything while one writer does not stop; lost = not received, twice or out of order.
    private static func delivery() async throws {
        let store = try makeStore(1000)
        let count = 100_000
        let watches = try (0..<10).map { _ in try store.changes(WatchOptions(limit: .max)) }
        let clock = ContinuousClock()
        let start = clock.now
        let received = try await withThrowingTaskGroup(of: Int.self) { tasks in
            for changes in watches { tasks.addTask { await receive(changes, count) } }
            for number in 1...count {
                try store.modify(Group.self, name(number % 1000), part: .status) { $0.status.members = number }
            }
            return try await tasks.reduce(0, +)
        }
        let duration = clock.now - start
        report("delivered_to_10_watchers", Double(received) / duration.inSeconds, "per_second")
        report("lost_by_10_watchers", Double(10 * count - received), "events", .atMost(0))
    }

    /// How many of `count` changes came, each in its place.
    private static func receive(_ changes: WatchBatches, _ count: Int) async -> Int {
        var next = changes.start.number + 1
        let last = changes.start.number + UInt64(count)
        var received = 0
        for await batch in changes {
            for event in batch {
                if event.version.number == next { received += 1 }
                next = event.version.number + 1
            }
            if next > last { break }
        }
        return received
    }
}
