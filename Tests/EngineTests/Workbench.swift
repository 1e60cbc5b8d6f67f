import Drivers
import Engine
import Model
import Store
import Synchronization

/// The engine with a real store, a clock that stands still until it is moved, and actions that run when the test says.
struct Workbench: ~Copyable {
    let store: ResourceStore
    var reconciler: Reconciler
    var now = Instant.zero
    /// Actions that were handed out and not run yet.
    var commands: [Command] = []
    let notes: Journal

    init(_ controllers: AnyController..., seed: UInt64? = nil) throws {
        store = Workbench.makeStore()
        let notes = Journal()
        self.notes = notes
        let core = try EngineCore(controllers, drawing: seed.map { SeededGenerator(seed: $0) })
        reconciler = try Reconciler(
            core, store: store, capabilities: Capabilities(),
            record: { about, note, _ in notes.add("\(about.key) \(note.level.rawValue) \(note.reason)") },
            wake: {})
    }

    static func makeStore() -> ResourceStore {
        ResourceStore(firstVersion: ResourceVersion(1), now: { Timestamp(seconds: 0) }, uid: { "uid" })
    }

    var wall: Timestamp { Timestamp(seconds: now.milliseconds / 1000) }

    /// Plans until nothing is ready; returns which subjects were planned, in order.
    @discardableResult
    mutating func settle() throws -> [String] {
        var planned: [String] = []
        while try reconciler.collect(now: now, wall: wall) {
            guard let step = reconciler.step(now: now, wall: wall) else { break }
            planned.append(step.subject.name)
            if let command = step.command { commands.append(command) }
        }
        return planned
    }

    /// Runs the oldest action that was handed out, and returns what it was.
    @discardableResult
    mutating func act() async -> String? {
        guard !commands.isEmpty else { return nil }
        let command = commands.removeFirst()
        let result = await command.action.perform()
        if let next = reconciler.finish(command, result, now: now, wall: wall).command { commands.append(next) }
        return command.action.description
    }

    /// Plans and acts until there is nothing to do at this time; returns the actions.
    @discardableResult
    mutating func converge() async throws -> [String] {
        var done: [String] = []
        try settle()
        while let action = await act() {
            done.append(action)
            try settle()
        }
        return done
    }

    mutating func pass(_ duration: Duration) { now = now + duration }

    func lamp(_ name: String = "a") -> Resource<Lamp>? { store.snapshot().get(Lamp.self, name) }

    func add(_ name: String = "a", _ spec: Lamp.Spec = Lamp.Spec(), finalizers: [String] = []) throws {
        try store.create(
            AnyResource(Resource<Lamp>(metadata: Metadata(name: name, finalizers: finalizers), spec: spec)))
    }

    func want(_ level: Int, of name: String = "a") throws {
        try store.modify(Lamp.self, name, part: .main) { $0.spec.level = level }
    }
}

/// Lines that closures of a test leave behind.
final class Journal: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
    var count: Int { all.count }
}
