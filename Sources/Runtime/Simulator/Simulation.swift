import Drivers
package import Engine
package import FakeDrivers
package import Model
package import Store
import Synchronization

/// The runtime in a world of its own: the same engine core and controllers as on a device, fake drivers, virtual time.
///
/// One seed chooses every interleaving, latency, failure and death, so a run can be repeated exactly. When the runtime
/// dies its store and engine are dropped; the world goes on, and a new runtime starts in it a little later.
package final class Simulation {
    /// What a runtime is made of, each time it starts.
    package struct Setup {
        package var controllers: (FakeDrivers) -> [AnyController]
        /// Puts into the new store what a runtime finds at its start.
        package var populate: (ResourceStore, FakeDrivers) -> Void
        /// Loops that write facts: ends of containers, signals.
        package var sources: (FakeDrivers, FactSink) -> [@Sendable () async -> Void]

        package init(
            controllers: @escaping (FakeDrivers) -> [AnyController],
            populate: @escaping (ResourceStore, FakeDrivers) -> Void = { _, _ in },
            sources: @escaping (FakeDrivers, FactSink) -> [@Sendable () async -> Void] = { _, _ in [] }
        ) {
            self.controllers = controllers
            self.populate = populate
            self.sources = sources
        }
    }

    package let world: FakeWorld
    /// Called after each step of the runtime or the world, to look for what must never be.
    package var afterStep: ((Simulation) -> Void)?
    /// Whether the history tells what changed in what people see, which is most of the work.
    package var showsChanges = true
    /// Whether the device starts again when it was told to reboot, instead of ending the run.
    package var reboots = false
    let setup: Setup
    let faults: SimulationFaults
    let fate: Fate
    let log = History()
    let executor: SimulatedExecutor
    let inbox = Inbox()
    var generator: SeededGenerator
    var runtime: SimulatedRuntime?
    var restartAt: Instant? = .zero
    var started = 0
    var agenda: [Appointment] = []
    package internal(set) var deaths = 0
    package internal(set) var boots = 1
    package internal(set) var steps = 0

    package init(_ setup: Setup, seed: UInt64, faults: SimulationFaults = .none) {
        var generator = SeededGenerator(seed: seed)
        let fate = Fate(faults, drawing: generator.split())
        self.setup = setup
        self.faults = faults
        self.fate = fate
        executor = SimulatedExecutor(drawing: generator.split())
        self.generator = generator
        world = FakeWorld(
            decide: { fate.outcome(of: $0) }, onEffect: { [log] in log.add(.world, $0) },
            onDeath: { [inbox] in inbox.die() })
    }

    deinit {
        world.abandon()
        runtime = nil
        while executor.runOne() {}
    }

    package var history: [SimulationEntry] { log.entries }
    package var now: Instant { world.now }
    /// The living runtime's store; nil while there is none.
    package var store: ResourceStore? { runtime?.store }

    /// Does something at a time, as a user of the API would; while the runtime is dead it waits for the next one.
    package func at(_ time: Duration, _ what: String, _ body: @escaping (ResourceStore) -> Void) {
        schedule(
            Appointment(at: .zero + time, what: what, needsRuntime: true) { simulation in
                if let store = simulation.store { body(store) }
            })
    }

    /// Kills the runtime at a time.
    package func killRuntime(at time: Duration) {
        schedule(Appointment(at: .zero + time, what: "kill the runtime", needsRuntime: true) { $0.world.kill() })
    }

    /// Cuts the power at a time.
    package func cutPower(at time: Duration) {
        schedule(Appointment(at: .zero + time, what: "cut the power", needsRuntime: false) { $0.world.cutPower() })
    }

    /// Kills a container from outside at a time.
    package func kill(container name: String, at time: Duration) {
        schedule(
            Appointment(at: .zero + time, what: "kill \(name)", needsRuntime: false) { simulation in
                simulation.world.kill(container: name)
            })
    }

    private func schedule(_ appointment: Appointment) {
        let index = agenda.firstIndex { $0.at > appointment.at } ?? agenda.endIndex
        agenda.insert(appointment, at: index)
    }
}

/// Something that is to happen at a time.
struct Appointment {
    let at: Instant
    let what: String
    let needsRuntime: Bool
    let body: (Simulation) -> Void
}

/// Where sources put what they found out.
package struct FactSink: Sendable {
    let store: ResourceStore

    /// Creates what was found; what is there already stays.
    package func create(_ resource: AnyResource) {
        do {
            try store.create(resource)
        } catch {
            // A start that failed half-way is made again.
        }
    }

    /// Returns whether there is such a resource; what is found out about others is dropped, as on the device.
    @discardableResult
    package func observe<K: Kind>(_ kind: K.Type, _ name: String, _ facts: Facts<K>) -> Bool {
        do {
            try store.modify(kind, name, part: .status) { facts.apply(&$0.status) }
            return true
        } catch {
            return false
        }
    }
}

/// What happened inside tasks and calls, for the simulation to deal with between two steps.
final class Inbox: Sendable {
    struct Result: Sendable {
        let runtime: Int
        let command: Command
        let result: ActionResult
    }

    private struct State {
        var results: [Result] = []
        var isDead = false
    }

    private let state = Mutex(State())

    func add(_ result: Result) { state.withLock { $0.results.append(result) } }
    func die() { state.withLock { $0.isDead = true } }

    func takeResults() -> [Result] {
        state.withLock { state in
            defer { state.results = [] }
            return state.results
        }
    }

    func takeDeath() -> Bool {
        state.withLock { state in
            defer { state.isDead = false }
            return state.isDead
        }
    }
}
