import Drivers
import Engine
import Model
import Store

/// How many subjects the engine plans and writes in a second: change taken in, planned, status written.
enum EngineBench {
    static func run() throws {
        try reconcile(1000, rounds: 50, budget: nil)
        try reconcile(10_000, rounds: 10, budget: .atLeast(80_000))
    }

    private static func reconcile(_ count: Int, rounds: Int, budget: Budget?) throws {
        let store = try StoreBench.makeStore(count)
        var reconciler = try Reconciler(
            EngineCore([AnyController(CountingController())]), store: store, capabilities: Capabilities(),
            record: { _, _, _ in }, wake: {})
        try drain(&reconciler)
        var steps = 0
        // The best round: what else the machine does is not measured.
        var best = Duration.seconds(3600)
        for round in 1...rounds {
            for number in 0..<count {
                try store.modify(Group.self, StoreBench.name(number), part: .main) { $0.spec.order = round }
            }
            best = min(best, try ContinuousClock().measure { steps += try drain(&reconciler) })
        }
        let done = store.snapshot().all(Group.self).allSatisfy { $0.status.members == rounds }
        precondition(done && steps >= rounds * count, "the engine did not reconcile everything")
        report("reconciles_\(count)", Double(count) / best.inSeconds, "per_second", budget)
    }

    @discardableResult
    private static func drain(_ reconciler: inout Reconciler) throws -> Int {
        var steps = 0
        let wall = Timestamp(seconds: 1_700_000_000)
        while try reconciler.collect(now: .zero, wall: wall) {
            while reconciler.step(now: .zero, wall: wall) != nil { steps += 1 }
        }
        return steps
    }
}

/// Copies a number of the spec into the status: the least a controller can do.
private struct CountingController: Controller {
    typealias Subject = Group
    enum Action: String, Sendable, Equatable, CustomStringConvertible {
        case none
        var description: String { rawValue }
    }

    static let name = "counting"
    static let inputs: [Input] = []
    static let outputs: [Output] = [.status(of: Group.self)]

    func plan(_ group: Resource<Group>, in world: World) -> Plan<Group, Action> {
        guard group.status.members != group.spec.order else { return .nothing }
        var status = group.status
        status.members = group.spec.order
        return Plan(status: status)
    }

    func perform(_ action: Action) async throws(DriverError) -> Facts<Group> { .none }
}
