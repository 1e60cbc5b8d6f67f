import Model
import Store
import Testing

struct EventTests {
    @Test func `an event says what happened to what`() throws {
        let store = makeStore()
        let subject = try store.create(group("a"))
        EventRecorder(store: store).record(
            .warning, reason: "TimedOut", message: "after 30 s", about: subject, component: "GroupController")
        let event = try #require(store.snapshot().all(Event.self).first)
        let now = Timestamp(seconds: 1_000_000_000)
        let about = Event.Reference(kind: "Group", apiVersion: "pantavisor.io/v1", name: "a", uid: "uid-1")
        let spec = Event.Spec(
            involvedObject: about, type: .warning, reason: "TimedOut", message: "after 30 s", at: now,
            component: "GroupController")
        #expect(event.spec == spec)
        #expect(event.metadata.namespace == "default")
        let parts = event.name.split(separator: ".")
        #expect(parts.first == "a")
        #expect(parts.last?.count == 16)
        #expect(parts.last?.allSatisfy(\.isHexDigit) == true)
    }

    @Test func `the same again is counted, anything else is another event`() throws {
        let store = makeStore()
        let subject = try store.create(group("a"))
        let other = try store.create(group("b"))
        let recorder = EventRecorder(store: store)
        for _ in 1...3 { recorder.record(reason: "Started", message: "x", about: subject, component: "t") }
        recorder.record(reason: "Started", message: "y", about: subject, component: "t")
        recorder.record(.warning, reason: "Started", message: "x", about: subject, component: "t")
        recorder.record(reason: "Started", message: "x", about: other, component: "t")
        let events = store.snapshot().all(Event.self)
        #expect(events.map(\.spec.count).sorted() == [1, 1, 1, 3])
        #expect(Set(events.map { String($0.name.suffix(16)) }).count == 4)
    }

    @Test func `the event that happened longest ago goes first`() throws {
        let store = makeStore()
        let subject = try store.create(group("a"))
        let recorder = EventRecorder(store: store, limit: 3)
        for reason in ["One", "Two", "Three", "One", "Four", "Four", "Four", "Four", "Four", "Five"] {
            recorder.record(reason: reason, message: "", about: subject, component: "t")
        }
        let counts = Dictionary(
            uniqueKeysWithValues: store.snapshot().all(Event.self).map { ($0.spec.reason, $0.spec.count) })
        #expect(counts == ["One": 2, "Four": 5, "Five": 1])
    }

    @Test func `an event that was deleted is made anew`() throws {
        let store = makeStore()
        let subject = try store.create(group("a"))
        let recorder = EventRecorder(store: store)
        for _ in 1...2 { recorder.record(reason: "Started", message: "x", about: subject, component: "t") }
        let name = try #require(store.snapshot().all(Event.self).first?.name)
        try store.delete(ResourceKey("Event", name))
        recorder.record(reason: "Started", message: "x", about: subject, component: "t")
        #expect(store.snapshot().get(Event.self, name)?.spec.count == 1)
    }

    @Test func `an event of a long name has a name that fits`() throws {
        let store = makeStore()
        let subject = try store.create(group(String(repeating: "ä", count: 126)))
        EventRecorder(store: store).record(reason: "Started", message: "x", about: subject, component: "t")
        let name = try #require(store.snapshot().all(Event.self).first?.name)
        #expect(name.utf8.count == 253)
        #expect(name.hasPrefix(String(repeating: "ä", count: 118) + "."))
    }

    @Test func `a full store loses the event and nothing else`() throws {
        let store = makeStore(limit: 1)
        let subject = try store.create(group("a"))
        EventRecorder(store: store).record(reason: "Started", message: "x", about: subject, component: "t")
        #expect(store.snapshot().version == subject.version)
    }
}
