import Model
import Store
import Testing

struct WriteTests {
    @Test func `a new resource gets its uid, generation, time and version from the store`() throws {
        let store = makeStore(first: 100)
        let created = try store.create(group("a", labels: ["app": "x"]))
        var expected = Metadata(name: "a", labels: ["app": "x"])
        expected.uid = "uid-1"
        expected.resourceVersion = ResourceVersion(101)
        expected.generation = 1
        expected.creationTimestamp = Timestamp(seconds: 1_000_000_000)
        #expect(created.metadata == expected)
        #expect(store.snapshot()[key("a")] == created)
    }

    @Test func `a name is taken until its resource is really gone`() throws {
        let store = makeStore()
        try store.create(group("a", finalizers: ["test/hold"]))
        try store.delete(key("a"))
        #expect(throws: StoreError.alreadyExists(key("a"))) { try store.create(group("a")) }
        try store.modify(Group.self, "a", part: .main) { $0.metadata.finalizers = [] }
        #expect(try store.create(group("a")).metadata.uid == "uid-2")
    }

    @Test func `a write to what is not there is not found`() throws {
        let store = makeStore()
        let missing = StoreError.notFound(key("a"))
        #expect(throws: missing) { try store.update(group("a"), part: .main, expecting: .none) }
        #expect(throws: missing) { try store.setOrder("a", 1) }
        #expect(throws: missing) { try store.delete(key("a")) }
    }

    @Test func `a write meant for a namesake that is gone is a conflict`() throws {
        let store = makeStore()
        let first = try store.create(group("a"))
        try store.delete(key("a"))
        try store.create(group("a"))
        #expect(throws: StoreError.conflict(key("a"))) { try store.update(first, part: .main, expecting: .none) }
    }

    @Test(arguments: ["", ".", "..", "a/b", "a%2Fb", "a\nb", "a\0", "\u{7F}", String(repeating: "x", count: 254)])
    func `a name that is no path segment is refused`(name: String) throws {
        let store = makeStore()
        let error = #expect(throws: StoreError.self) { try store.create(group(name)) }
        guard case .invalid(path: "/metadata/name", reason: _) = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
        #expect(store.snapshot().version == ResourceVersion(100))
    }

    @Test(arguments: ["a", "...", "locals.x", "Größe", String(repeating: "x", count: 253)])
    func `any other name is taken`(name: String) throws {
        #expect(try makeStore().create(group(name)).name == name)
    }

    @Test func `a full store takes no more until something is deleted`() throws {
        let store = makeStore(limit: 2)
        try store.create(group("a"))
        try store.create(group("b"))
        #expect(throws: StoreError.tooMany(limit: 2)) { try store.create(group("c")) }
        try store.setOrder("a", 5)
        try store.delete(key("a"))
        try store.create(group("c"))
        #expect(store.snapshot().all(Group.self).map(\.name).sorted() == ["b", "c"])
    }

    @Test func `a snapshot stays as it was`() throws {
        let store = makeStore()
        let a = try store.create(group("a"))
        let before = store.snapshot()
        try store.setOrder("a", 9)
        try store.create(group("b"))
        try store.delete(key("a"))
        #expect(before.version == a.version)
        #expect(before.all(Group.self) == [try a.group])
        #expect(store.snapshot().all(Group.self).map(\.name) == ["b"])
    }

    @Test func `a finalizer cannot be added to what is being deleted`() throws {
        let store = makeStore()
        try store.create(group("a", finalizers: ["test/one"]))
        try store.delete(key("a"))
        let error = #expect(throws: StoreError.self) {
            try store.modify(Group.self, "a", part: .main) { $0.metadata.finalizers.append("test/two") }
        }
        let reason = "no finalizer can be added to what is being deleted"
        #expect(error == .invalid(path: "/metadata/finalizers", reason: reason))
    }

    @Test func `deleting twice changes nothing more`() throws {
        let store = makeStore()
        try store.create(group("a", finalizers: ["test/hold"]))
        let once = try store.delete(key("a"))
        #expect(try store.delete(key("a")) == once)
        #expect(store.snapshot().version == once.version)
    }

    @Test func `a resource keeps its status until its end when its last finalizer goes with a new spec`() throws {
        let store = makeStore()
        try store.create(group("a", finalizers: ["test/hold"]))
        try store.modify(Group.self, "a", part: .status) { $0.status.members = 4 }
        try store.delete(key("a"))
        let last = try store.modify(Group.self, "a", part: .main) {
            $0.metadata.finalizers = []
            $0.spec.order = 8
        }
        #expect(last.spec.order == 8)
        #expect(last.status.members == 4)
        #expect(last.metadata.generation == 2)
        #expect(store.snapshot().count == 0)
    }
}
