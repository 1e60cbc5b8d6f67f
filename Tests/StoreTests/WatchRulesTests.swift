import Model
import Store
import Testing

/// The ten rules of `spec/kube-api.md` §5, one test each (rules 6, 8 and 9 as far as they concern the store).
struct WatchRulesTests {
    @Test func `1 every write takes the next version, a deletion too, and a no-op takes none`() throws {
        let store = makeStore(first: 100)
        let watch = try store.watch()
        let created = try store.create(group("a"))
        let changed = try store.setOrder("a", 1)
        let same = try store.setOrder("a", 1)
        let deleted = try store.delete(key("a"))
        #expect(created.version == ResourceVersion(101))
        #expect(changed.metadata.resourceVersion == ResourceVersion(102))
        #expect(same == changed)
        #expect(deleted.version == ResourceVersion(103))
        #expect(store.snapshot().version == ResourceVersion(103))
        #expect(watch.take() == [.added(created), .modified(AnyResource(changed)), .deleted(deleted)])
    }

    @Test func `2 a watch from a list's version gives every later change once and in order`() throws {
        let store = makeStore()
        try store.create(group("a"))
        let list = store.snapshot()
        let b = try store.create(group("b"))
        let a = AnyResource(try store.setOrder("a", 1))
        let watch = try store.watch(WatchOptions(from: .after(list.version)))
        let gone = try store.delete(key("b"))
        #expect(watch.take(max: 2) == [.added(b), .modified(a)])
        #expect(watch.take(max: 2) == [.deleted(gone)])
        #expect(watch.take(max: 2) == [])
    }

    @Test func `3 a version that is forgotten or of another life has expired`() throws {
        let store = makeStore(first: 100, historyLimit: 4)
        for number in 1...6 { try store.create(group("g\(number)")) }
        let floor = ResourceVersion(102)
        #expect(try store.watch(WatchOptions(from: .after(floor))).take().count == 4)
        for number: UInt64 in [0, 99, 101, 107, .max] {
            let version = ResourceVersion(number)
            #expect(throws: StoreError.expired(version)) { try store.watch(WatchOptions(from: .after(version))) }
        }
    }

    @Test func `3 a watch from nothing begins with what is there`() throws {
        let store = makeStore()
        let b = try store.create(group("b"))
        let a = try store.create(group("a"))
        let watch = try store.watch(WatchOptions(from: .initialEvents))
        let c = try store.create(group("c"))
        #expect(watch.take() == [.added(a), .added(b), .added(c)])
    }

    @Test func `4 what begins to match is added and what stops is deleted`() throws {
        let store = makeStore()
        let isFirst: @Sendable (AnyResource) -> Bool = { $0.as(Group.self)?.spec.order == 1 }
        let watch = try store.watch(WatchOptions(matches: isFirst))
        try store.create(group("a", order: 0))
        let begins = AnyResource(try store.setOrder("a", 1))
        let stays = AnyResource(try store.modify(Group.self, "a", part: .status) { $0.status.members = 3 })
        let stopped = try store.setOrder("a", 2)
        try store.delete(key("a"))
        var last = stays.metadata
        last.resourceVersion = stopped.metadata.resourceVersion
        #expect(watch.take() == [.added(begins), .modified(stays), .deleted(stays.with(last))])
    }

    @Test func `5 a bookmark comes behind the changes up to it, and only when asked for`() throws {
        let store = makeStore()
        let with = try store.watch(WatchOptions(kinds: ["Group"], bookmarks: true))
        let without = try store.watch(WatchOptions(kinds: ["Group"]))
        let a = try store.create(group("a"))
        let other = try store.create(container("c"))
        for watch in [with, without] { watch.bookmark() }
        #expect(with.take() == [.added(a), .bookmark(other.version, initialEventsEnd: false)])
        #expect(without.take() == [.added(a)])
    }

    @Test func `6 initial events end with a bookmark of the list's version`() throws {
        let store = makeStore()
        let a = try store.create(group("a"))
        let version = try store.create(container("c")).version
        let options = WatchOptions(kinds: ["Group"], from: .initialEvents, bookmarks: true)
        let watch = try store.watch(options)
        let b = try store.create(group("b"))
        #expect(watch.start == version)
        #expect(watch.take() == [.added(a), .bookmark(version, initialEventsEnd: true), .added(b)])
    }

    @Test func `7 a watch that is too slow ends after a whole beginning, and harms no other`() throws {
        let store = makeStore()
        let woken = Counter()
        let slow = try store.watch(WatchOptions(limit: 2), wake: { woken.add() })
        let fast = try store.watch()
        let written = try (1...5).map { try store.create(group("g\($0)")) }
        #expect(slow.end == .overflow)
        #expect(woken.count == 2)
        #expect(slow.take() == written.prefix(2).map { .added($0) })
        #expect(slow.take() == [])
        #expect(fast.end == nil)
        #expect(fast.take() == written.map { .added($0) })
    }

    @Test func `8 a watch that was cancelled is woken once and tells nothing more`() throws {
        let store = makeStore()
        let woken = Counter()
        let watch = try store.watch(WatchOptions(), wake: { woken.add() })
        watch.cancel()
        watch.cancel()
        try store.create(group("a"))
        #expect(watch.end == .cancelled)
        #expect(watch.take() == [])
        #expect(woken.count == 1)
    }

    @Test func `9 deleting what has a finalizer is a change, then a deletion`() throws {
        let store = makeStore()
        try store.create(group("a", finalizers: ["test/hold"]))
        let watch = try store.watch()
        let marked = try store.delete(key("a"))
        #expect(marked.metadata.deletionTimestamp == Timestamp(seconds: 1_000_000_000))
        let last = try store.modify(Group.self, "a", part: .main) { $0.metadata.finalizers = [] }
        #expect(watch.take() == [.modified(marked), .deleted(AnyResource(last))])
        #expect(last.metadata.resourceVersion > marked.version)
        #expect(store.snapshot()[key("a")] == nil)
    }

    @Test func `10 each half of a resource is written alone, and only a new spec is a new generation`() throws {
        let store = makeStore()
        var wanted = try store.create(group("a")).group
        wanted.spec.order = 7
        wanted.status.members = 7
        wanted.metadata.generation = 40
        wanted.metadata.creationTimestamp = Timestamp(seconds: 1)
        let status = try store.update(AnyResource(wanted), part: .status, expecting: .none).group
        #expect(status.spec.order == 0)
        #expect(status.status.members == 7)
        #expect(status.metadata.generation == 1)
        wanted.status.members = 8
        let main = try store.update(AnyResource(wanted), part: .main, expecting: .none).group
        #expect(main.spec.order == 7)
        #expect(main.status.members == 7)
        #expect(main.metadata.generation == 2)
        #expect(main.metadata.uid == "uid-1")
        #expect(main.metadata.creationTimestamp == Timestamp(seconds: 1_000_000_000))
        let labelled = try store.modify(Group.self, "a", part: .main) { $0.metadata.labels = ["a": "b"] }
        #expect(labelled.metadata.generation == 2)
    }

    @Test func `10 a write made from an old version is a conflict`() throws {
        let store = makeStore()
        let old = try store.create(group("a"))
        try store.setOrder("a", 1)
        for part in [WritePart.main, .status] {
            #expect(throws: StoreError.conflict(key("a"))) {
                try store.update(old, part: part, expecting: old.version)
            }
        }
        #expect(throws: StoreError.conflict(key("a"))) { try store.delete(key("a"), expecting: old.version) }
    }
}
