import Drivers
import Engine
import Model
import Store
import Testing

struct PlanningTests {
    @Test
    func `a plan's status is written with the generation it speaks of, and once`() async throws {
        var bench = try Workbench(
            AnyController(
                LampController { lamp, _ in
                    var status = lamp.status
                    status.note = "level \(lamp.spec.level)"
                    return Plan(status: status)
                }))
        try bench.add()
        try bench.settle()
        let version = bench.store.snapshot().version
        try bench.want(0)
        try bench.settle()

        #expect(bench.lamp()?.status == Lamp.Status(observedGeneration: 1, note: "level 0"))
        #expect(bench.store.snapshot().version == version)
        #expect(bench.reconciler.deadline == nil)
    }

    @Test
    func `many changes of one subject make one plan`() throws {
        var bench = try Workbench(AnyController(LampController { _, _ in .nothing }))
        try bench.add("a")
        try bench.add("b")
        for level in 1...5 { try bench.want(level) }

        #expect(try bench.settle() == ["a", "b"])
        #expect(try bench.settle() == [])
    }

    @Test
    func `a condition keeps its time until its status changes`() throws {
        var bench = try Workbench(
            AnyController(
                LampController { lamp, world in
                    var status = lamp.status
                    let isLit: Condition.Status = lamp.spec.level > 0 ? .yes : .no
                    status.conditions = [Condition(type: "Lit", status: isLit, reason: "Level\(lamp.spec.level)")]
                    return Plan(status: status)
                }))
        try bench.add()
        bench.pass(.seconds(5))
        try bench.settle()
        bench.pass(.seconds(5))
        try bench.want(1)
        try bench.settle()
        bench.pass(.seconds(5))
        try bench.want(2)
        try bench.settle()

        let lit = Condition(
            type: "Lit", status: .yes, reason: "Level2", lastTransitionTime: Timestamp(seconds: 10))
        #expect(bench.lamp()?.status.conditions == [lit])
    }

    @Test
    func `a change of an input plans the subjects it concerns, and those it used to concern`() throws {
        var bench = try Workbench(AnyController(LampController { _, _ in .nothing }))
        for name in ["a", "b", "c"] { try bench.add(name) }
        try bench.store.create(AnyResource(Resource<Room>(name: "hall", spec: Room.Spec(lamps: ["a"]))))
        try bench.settle()

        try bench.store.modify(Room.self, "hall", part: .main) { $0.spec.lamps = ["c"] }
        #expect(try bench.settle() == ["a", "c"])
        try bench.store.delete(ResourceKey("Room", "hall"))
        #expect(try bench.settle() == ["c"])
    }

    @Test
    func `a plan that was overtaken by another writer is dropped and made again`() throws {
        let store = Workbench.makeStore()
        let plans = Journal()
        let controller = LampController { lamp, _ in
            plans.add("level \(lamp.spec.level)")
            if plans.count == 1 { _ = try? store.modify(Lamp.self, "a", part: .main) { $0.spec.level = 7 } }
            var status = lamp.status
            status.level = lamp.spec.level
            return Plan(status: status)
        }
        var reconciler = try Reconciler(
            EngineCore([AnyController(controller)]), store: store, capabilities: .init(), record: { _, _, _ in },
            wake: {})
        try store.create(AnyResource(Resource<Lamp>(name: "a", spec: Lamp.Spec())))
        while try reconciler.collect(now: .zero, wall: Timestamp(seconds: 0)) {
            _ = reconciler.step(now: .zero, wall: Timestamp(seconds: 0))
        }

        #expect(store.snapshot().get(Lamp.self, "a")?.status == Lamp.Status(observedGeneration: 2, level: 7))
        #expect(plans.all == ["level 0", "level 7", "level 7"])
    }

    @Test
    func `ready subjects go first in, first out, or as the seed draws them`() throws {
        func order(seed: UInt64?) throws -> [String] {
            var bench = try Workbench(AnyController(LampController { _, _ in .nothing }), seed: seed)
            for number in 0..<6 { try bench.add("\(number)") }
            return try bench.settle()
        }

        #expect(try order(seed: nil) == ["0", "1", "2", "3", "4", "5"])
        #expect(try order(seed: 1) == order(seed: 1))
        #expect(try order(seed: 1) != order(seed: 2))
        #expect(try Set(order(seed: 1)).count == 6)
    }

    @Test
    func `a plan asks to be made again at a time, and only the last one counts`() throws {
        var bench = try Workbench(
            AnyController(
                LampController { lamp, world in
                    .nothing.again(at: lamp.spec.level == 0 ? world.now + .seconds(10) : nil)
                }))
        try bench.add()
        try bench.settle()
        #expect(bench.reconciler.deadline == Instant(milliseconds: 10_000))
        bench.pass(.seconds(9))
        #expect(try bench.settle() == [])
        bench.pass(.seconds(1))
        #expect(try bench.settle() == ["a"])
        #expect(bench.reconciler.deadline == Instant(milliseconds: 20_000))

        try bench.want(1)
        try bench.settle()
        #expect(bench.reconciler.deadline == nil)
    }

    @Test
    func `plans that undo each other are stopped, told and slowed down`() throws {
        let plans = Journal()
        var bench = try Workbench(
            AnyController(
                LampController { lamp, _ in
                    plans.add("plan")
                    var status = lamp.status
                    status.level = 1 - status.level
                    return Plan(status: status)
                }))
        try bench.add()
        try bench.settle()

        #expect(plans.count < 100)
        #expect(bench.lamp()?.status.conditions[Condition.progressing]?.reason == "Livelock")
        #expect(bench.notes.all == ["Lamp/a Warning Livelock"])
        #expect(bench.reconciler.deadline == Instant(milliseconds: 100))
        bench.pass(.milliseconds(100))
        try bench.settle()
        #expect(bench.reconciler.deadline == Instant(milliseconds: 300))
    }
}
