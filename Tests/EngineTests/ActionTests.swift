import Drivers
import Engine
import Model
import Store
import Testing

struct ActionTests {
    @Test
    func `actions of one subject run in order, those of others beside them`() async throws {
        var bench = try Workbench(
            AnyController(
                LampController(plan: { lamp, _ in
                    lamp.status.level == 1 ? .nothing : .nothing.then(.check, .turn(to: 1))
                })))
        try bench.add("a")
        try bench.add("b")
        try bench.settle()

        #expect(bench.commands.map(\.action.description) == ["check", "check"])
        #expect(try await bench.converge() == ["check", "check", "turn to 1", "turn to 1"])
        #expect(bench.lamp("a")?.status.level == 1)
        #expect(try await bench.converge() == [])
    }

    @Test
    func `a subject that acts is not planned, and once more afterwards when something changed`() async throws {
        var bench = try Workbench(AnyController(LampController()))
        try bench.add("a", Lamp.Spec(level: 1))
        try bench.settle()
        try bench.want(2)
        try bench.want(3)
        #expect(try bench.settle() == [])

        #expect(await bench.act() == "turn to 1")
        #expect(try bench.settle() == ["a"])
        #expect(await bench.act() == "turn to 3")
        #expect(try bench.settle() == ["a"])
        #expect(bench.commands.isEmpty)
    }

    @Test
    func `a failure drops the rest, is told once, and is tried again ever later`() async throws {
        let error = DriverError("TurnLamp", "a", errno: 5, "the switch is stuck")
        var bench = try Workbench(
            AnyController(
                LampController(
                    plan: { lamp, _ in
                        lamp.status.level == 1 ? .nothing : .nothing.then(.turn(to: 1), .check)
                    },
                    perform: { _ throws(DriverError) in throw error })))
        try bench.add()
        #expect(try await bench.converge() == ["turn to 1"])
        let told = Condition(
            type: "Progressing", status: .no, reason: "TurnLamp",
            message: "TurnLamp a: the switch is stuck (errno 5)")
        #expect(bench.lamp()?.status.conditions == [told])
        let version = bench.store.snapshot().version

        var waits: [Int64] = []
        for _ in 0..<11 {
            guard let deadline = bench.reconciler.deadline else { break }
            waits.append(deadline.milliseconds - bench.now.milliseconds)
            bench.now = deadline
            #expect(try await bench.converge() == ["turn to 1"])
        }
        #expect(waits == [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000])
        #expect(bench.store.snapshot().version == version)
        #expect(bench.notes.count == 12)
    }

    @Test
    func `success after a failure is told once and resets the waiting`() async throws {
        let tries = Journal()
        var bench = try Workbench(
            AnyController(
                LampController(perform: { action throws(DriverError) in
                    tries.add(action.description)
                    if tries.count != 2 { throw DriverError("TurnLamp", "a", "no") }
                    return try await LampController.obey(action)
                })))
        try bench.add("a", Lamp.Spec(level: 1))
        try await bench.converge()
        bench.pass(.milliseconds(100))
        try await bench.converge()
        let over = Condition(type: "Progressing", status: .yes, reason: "Recovered")
        #expect(bench.lamp()?.status.conditions == [over])
        #expect(bench.reconciler.deadline == nil)

        try bench.want(2)
        try await bench.converge()
        #expect(bench.reconciler.deadline == bench.now + .milliseconds(100))
    }

    @Test
    func `a failure is over when nothing is wanted any more`() async throws {
        var bench = try Workbench(
            AnyController(
                LampController(perform: { _ throws(DriverError) in throw DriverError("TurnLamp", "a", "no") })))
        try bench.add("a", Lamp.Spec(level: 1))
        try await bench.converge()
        #expect(bench.lamp()?.status.conditions[Condition.progressing]?.status == .no)

        try bench.want(0)
        try await bench.converge()
        #expect(bench.lamp()?.status.conditions[Condition.progressing]?.status == .yes)
        #expect(bench.reconciler.deadline == nil)
    }

    @Test
    func `a new wish ends the waiting, a change of status does not`() async throws {
        var bench = try Workbench(
            AnyController(
                LampController(perform: { _ throws(DriverError) in throw DriverError("TurnLamp", "a", "no") })))
        try bench.add("a", Lamp.Spec(level: 1))
        try await bench.converge()

        try bench.store.modify(Lamp.self, "a", part: .status) { $0.status.note = "seen" }
        #expect(try await bench.converge() == [])
        try bench.want(2)
        #expect(try await bench.converge() == ["turn to 2"])
    }

    @Test
    func `a plan can neither lose nor overrule the failure that stands`() async throws {
        var bench = try Workbench(
            AnyController(
                LampController(
                    plan: { lamp, world in
                        var status = Lamp.Status(level: lamp.status.level, note: "\(world.now.milliseconds)")
                        status.conditions.set("Progressing", .yes, reason: "AllWell", at: world.wall)
                        return Plan(status: status).then(.check)
                    },
                    perform: { _ throws(DriverError) in throw DriverError("CheckLamp", "a", "no") })))
        try bench.add()
        try await bench.converge()
        bench.pass(.milliseconds(100))
        try await bench.converge()

        #expect(bench.lamp()?.status.conditions[Condition.progressing]?.reason == "CheckLamp")
        #expect(bench.lamp()?.status.note == "100")
    }

    @Test
    func `the result for a subject that went away is dropped`() async throws {
        var bench = try Workbench(AnyController(LampController()))
        try bench.add("a", Lamp.Spec(level: 1))
        try bench.settle()
        try bench.store.delete(ResourceKey("Lamp", "a"))
        #expect(try await bench.converge() == ["turn to 1"])
        #expect(bench.lamp() == nil)

        try bench.add("a", Lamp.Spec(level: 2))
        #expect(try await bench.converge() == ["turn to 2"])
    }
}
