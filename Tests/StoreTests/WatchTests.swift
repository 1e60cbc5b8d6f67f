import JSON
import Model
import Store
import Testing

struct WatchTests {
    @Test func `a watch is woken once for all that came since it was drained`() throws {
        let store = makeStore()
        let woken = Counter()
        let watch = try store.watch(WatchOptions(), wake: { woken.add() })
        for number in 1...5 { try store.create(group("g\(number)")) }
        #expect(woken.count == 1)
        #expect(watch.take().count == 5)
        try store.delete(key("g1"))
        #expect(woken.count == 2)
    }

    @Test func `a watch of one kind is neither woken nor filled by others`() throws {
        let store = makeStore()
        let woken = Counter()
        let watch = try store.watch(WatchOptions(kinds: ["Container"], limit: 1), wake: { woken.add() })
        for number in 1...5 { try store.create(group("g\(number)")) }
        #expect(woken.count == 0)
        let created = try store.create(container("c"))
        #expect(watch.take() == [.added(created)])
        #expect(woken.count == 1)
    }

    @Test func `what was there before does not count against a watch's limit`() throws {
        let store = makeStore()
        for number in 1...50 { try store.create(group("g\(number)")) }
        let initial = try store.watch(WatchOptions(from: .initialEvents, limit: 1))
        let replayed = try store.watch(WatchOptions(from: .after(ResourceVersion(100)), limit: 1))
        let last = try store.create(group("last"))
        for watch in [initial, replayed] {
            #expect(watch.take(max: 50).count == 50)
            #expect(watch.take() == [.added(last)])
            #expect(watch.end == nil)
        }
    }

    @Test func `a watch that resumes is filtered like one that stayed`() throws {
        let store = makeStore()
        let options = WatchOptions(kinds: ["Group"], matches: { $0.as(Group.self)?.spec.order == 1 })
        let stayed = try store.watch(options)
        let start = store.snapshot().version
        try store.create(container("c"))
        for order in [0, 1, 1, 2, 1] {
            if store.snapshot()[key("a")] == nil { try store.create(group("a", order: order)) }
            try store.setOrder("a", order)
        }
        try store.delete(key("a"))
        var resuming = options
        resuming.from = .after(start)
        let events = stayed.take()
        #expect(events.count == 4)
        #expect(try store.watch(resuming).take() == events)
    }

    @Test func `letting go of a watch cancels it`() throws {
        let store = makeStore()
        let woken = Counter()
        do { _ = try store.watch(WatchOptions(), wake: { woken.add() }) }
        try store.create(group("a"))
        #expect(woken.count == 1)
    }

    @Test func `a wake may use the store`() throws {
        let store = makeStore()
        let counter = Counter()
        let watch = try store.watch(
            WatchOptions(kinds: ["Container"]),
            wake: { [weak store] in
                if store?.snapshot().get(Container.self, "c") != nil { counter.add() }
            })
        try store.create(container("c"))
        #expect(counter.count == 1)
        #expect(watch.end == nil)
    }

    @Test func `the encoding is the compact document of that version`() throws {
        let store = makeStore()
        let created = try store.create(group("a"))
        #expect(try created.encoded() == created.document().compactBytes())
        let changed = AnyResource(try store.setOrder("a", 3))
        #expect(try changed.encoded() == changed.document().compactBytes())
        #expect(try changed.encoded() != created.encoded())
    }
}

struct WatchBatchesTests {
    @Test func `batches come in order until the task is cancelled`() async throws {
        let store = makeStore()
        let changes = try store.changes(WatchOptions(kinds: ["Group"]), batchLimit: 3)
        let seen = AsyncStream.makeStream(of: WatchEvent.self)
        let task = Task {
            for await batch in changes {
                #expect((1...3).contains(batch.count))
                for event in batch { seen.continuation.yield(event) }
            }
            return changes.end
        }
        let written = try (1...10).map { WatchEvent.added(try store.create(group("g\($0)"))) }
        var received: [WatchEvent] = []
        for await event in seen.stream {
            received.append(event)
            if received.count == 10 { break }
        }
        #expect(received == written)
        task.cancel()
        #expect(await task.value == .cancelled)
    }

    @Test func `a slow reader gets what was queued, then the end`() async throws {
        let store = makeStore()
        let changes = try store.changes(WatchOptions(limit: 2))
        let written = try (1...5).map { WatchEvent.added(try store.create(group("g\($0)"))) }
        var received: [WatchEvent] = []
        for await batch in changes { received += batch }
        #expect(received == Array(written.prefix(2)))
        #expect(changes.end == .overflow)
    }
}
