import Model
import Store
import Testing

/// Many writers, fast, slow and resuming watches: what each saw is the store's history from its start on, whole and in
/// order, or a whole beginning of it that ended with an overflow.
struct HistoryTests {
    /// A watch that misses the end of its round waits forever: the limit makes that a failure.
    @Test(.timeLimit(.minutes(1))) func `every watch saw the true history in 300 rounds`() async throws {
        var tally = Tally()
        for seed in 0..<300 { try await round(UInt64(seed), &tally) }
        // A check of nothing would pass as well.
        #expect(tally.events > 50_000)
        #expect(tally.overflows > 20)
        #expect(tally.relists > 20)
    }

    private struct Tally {
        var events = 0
        var overflows = 0
        var relists = 0
    }

    private func round(_ seed: UInt64, _ tally: inout Tally) async throws {
        var generator = SeededGenerator(seed: seed)
        let store = makeStore(historyLimit: Int.random(in: 1...40, using: &generator))
        let first = store.snapshot().version
        let observers = Observer.Manner.allCases.flatMap { manner in
            View.allCases.map { Observer(manner, $0, store: store, seed: generator.next()) }
        }
        let writers = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
            RandomWriter(store: store, seed: generator.next())
        }
        let began = AsyncStream.makeStream(of: Void.self)
        async let seen = observe(observers) { began.continuation.yield() }
        var parts = await write(writers)
        for _ in observers { for await _ in began.stream { break } }
        let last = try store.create(group(Observer.lastName, order: -1))
        parts.append([last.version: .added(last)])
        let history = TrueHistory(parts, first: first)
        #expect(history.isWhole, "seed \(seed): a version is missing or double")
        for observer in try await seen { check(observer, history, seed, &tally) }
    }

    private func observe(
        _ observers: [Observer], _ began: @escaping @Sendable () -> Void
    ) async throws -> [Observer] {
        try await withThrowingTaskGroup(of: Observer.self) { tasks in
            for observer in observers {
                tasks.addTask {
                    var observer = observer
                    try await observer.observe(began)
                    return observer
                }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
    }

    private func write(_ writers: [RandomWriter]) async -> [[ResourceVersion: WatchEvent]] {
        await withTaskGroup(of: [ResourceVersion: WatchEvent].self) { tasks in
            for writer in writers {
                tasks.addTask {
                    var writer = writer
                    for _ in 0..<20 {
                        writer.write(6)
                        await Task.yield()
                    }
                    return writer.history
                }
            }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
    }

    private func check(_ observer: Observer, _ history: TrueHistory, _ seed: UInt64, _ tally: inout Tally) {
        for stretch in observer.stretches {
            let hint: Comment = "seed \(seed), \(observer.manner) \(observer.view), from \(stretch.start)"
            if let listed = stretch.listed {
                let there = history.state(at: stretch.start, observer.view)
                #expect(Dictionary(uniqueKeysWithValues: listed.map { ($0.key, $0) }) == there, hint)
            }
            let expected = history.events(after: stretch.start, observer.view)
            let isWhole = stretch.end == nil
            #expect(stretch.events == (isWhole ? expected : Array(expected.prefix(stretch.events.count))), hint)
            #expect(isWhole || stretch.end == .overflow, hint)
            tally.events += stretch.events.count
            tally.overflows += isWhole || observer.manner != .slow ? 0 : 1
            tally.relists += isWhole || observer.manner != .resuming ? 0 : 1
        }
        #expect(!observer.stretches.isEmpty)
        if observer.manner == .fast { #expect(observer.stretches.allSatisfy { $0.end == nil }) }
    }
}
