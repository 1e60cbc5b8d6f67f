import Engine
import Model
import Store
import Testing

struct OverflowTests {
    @Test func `an engine that was told too late finds out all by itself`() async throws {
        var bench = try Workbench(AnyController(LampController()))
        for name in ["a", "gone", "still"] { try bench.add(name, Lamp.Spec(level: 1), finalizers: []) }
        try await bench.converge()
        // More changes than the engine's watch holds, while it does not look.
        for level in 0...65_536 { try bench.want(level % 7, of: "a") }
        try bench.store.delete(ResourceKey(Lamp.descriptor.name, "gone"))
        try bench.add("new", Lamp.Spec(level: 3))
        let done = try await bench.converge()
        #expect(done == ["turn to \(65_536 % 7)", "turn to 3"])
        #expect(["a", "still", "new", "gone"].map { bench.lamp($0)?.status.level } == [65_536 % 7, 1, 3, nil])
        // And goes on as before.
        try bench.want(5, of: "still")
        #expect(try await bench.converge() == ["turn to 5"])
    }
}
