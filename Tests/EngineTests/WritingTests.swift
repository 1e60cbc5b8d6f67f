import Engine
import Model
import Store
import Testing

struct WritingTests {
    @Test
    func `a resource that is being deleted stays until its controller lets go of it`() async throws {
        var bench = try Workbench(
            AnyController(
                LampController(plan: { lamp, _ in
                    guard lamp.metadata.isBeingDeleted else { return LampController.turn(lamp, in: .empty) }
                    return lamp.status.level == 0 ? Plan(finalizers: []) : .nothing.then(.turn(to: 0))
                })))
        try bench.add("a", Lamp.Spec(level: 1), finalizers: ["pantavisor.io/dark"])
        try await bench.converge()
        try bench.store.delete(ResourceKey("Lamp", "a"))
        #expect(bench.lamp()?.status.level == 1)

        #expect(try await bench.converge() == ["turn to 0"])
        #expect(bench.lamp() == nil)
    }

    @Test
    func `applying creates, changes only what differs, and keeps status and annotations`() throws {
        var bench = try Workbench(
            AnyController(
                RoomController { room, _ in
                    .nothing.writing(
                        .apply(AnyResource(Resource<Lamp>(name: "a", spec: Lamp.Spec(level: room.spec.limit)))))
                }))
        try bench.store.create(AnyResource(Resource<Room>(name: "hall", spec: Room.Spec())))
        try bench.settle()
        #expect(bench.lamp()?.spec.level == 10)
        let version = bench.store.snapshot().version

        try bench.store.modify(Lamp.self, "a", part: .status) { $0.status.note = "kept" }
        try bench.store.modify(Lamp.self, "a", part: .main) { $0.metadata.annotations = ["by": "user"] }
        try bench.settle()
        #expect(bench.store.snapshot().version.number == version.number + 2)
        try bench.store.modify(Room.self, "hall", part: .main) { $0.spec.limit = 3 }
        try bench.settle()
        #expect(bench.lamp()?.spec.level == 3)
        #expect(bench.lamp()?.status.note == "kept")
        #expect(bench.lamp()?.metadata.annotations == ["by": "user"])
    }

    @Test
    func `deleting is done once and what is going away is not revived`() throws {
        var bench = try Workbench(
            AnyController(
                RoomController { room, _ in
                    let lamp = Resource<Lamp>(name: "a", spec: Lamp.Spec(level: 1))
                    return .nothing.writing(
                        room.spec.limit == 0 ? .delete(lamp.key) : .apply(AnyResource(lamp)))
                }))
        try bench.add(finalizers: ["example/hold"])
        try bench.store.create(AnyResource(Resource<Room>(name: "hall", spec: Room.Spec(limit: 0))))
        try bench.settle()
        #expect(bench.lamp()?.metadata.isBeingDeleted == true)
        try bench.store.modify(Room.self, "hall", part: .main) { $0.spec.limit = 1 }
        try bench.settle()
        #expect(bench.lamp()?.spec.level == 0)

        try bench.store.modify(Lamp.self, "a", part: .main) { $0.metadata.finalizers = [] }
        try bench.settle()
        #expect(bench.lamp()?.spec.level == 1)
        #expect(bench.lamp()?.metadata.isBeingDeleted == false)
    }

    @Test
    func `a plan's events are recorded`() throws {
        var bench = try Workbench(
            AnyController(LampController { _, _ in .nothing.noting(EventNote("Seen", "a lamp")) }))
        try bench.add()
        try bench.settle()
        #expect(bench.notes.all == ["Lamp/a Normal Seen"])
    }
}

extension World {
    /// Nothing at all, at the beginning of time.
    static var empty: World { World(Snapshot(of: []), now: .zero, wall: Timestamp(seconds: 0)) }
}
