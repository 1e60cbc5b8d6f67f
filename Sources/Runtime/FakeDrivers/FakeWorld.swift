package import Drivers
import JSON
package import Model
import Synchronization

/// What is outside the runtime: kernel, disk, containers and time.
///
/// It goes on while no runtime looks.
///
/// Time is virtual. It stands still until somebody moves it (`advance`), or, in a world that `runsFreely`, jumps to the
/// end of every wait.
package final class FakeWorld: Sendable {
    struct Container: Sendable {
        var run: RunningContainer
        var launch: ContainerLaunch
        var number: Int
        var isFrozen = false
        /// Those who wait for its end.
        var waiting: [@Sendable () -> Void] = []
        var isHalting = false
    }

    struct State: Sendable {
        var now: Instant
        var timers: [Timer] = []
        var lastTicket: UInt64 = 0
        var scripts: [String: ContainerScript] = [:]
        var starts: [String: Int] = [:]
        var starting: Set<String> = []
        var lastPid = 100
        var containers: [String: Container] = [:]
        /// Ends that no runtime was told of yet.
        var unreported: [String: [ContainerExit]] = [:]
        /// Containers that the living runtime follows.
        var followed: Set<String> = []
        /// Where the living runtime hears of ends and of signals.
        var exits: AsyncStream<ContainerExit>.Continuation?
        var signals: AsyncStream<ContainerSignal>.Continuation?
        /// What is mounted, the newest layer last.
        var mounts: [String: [MountObservation]] = [:]
        var loops = 0
        var files: [String: [UInt8]] = [:]
        var directories: Set<String> = []
        /// The objects there are, by name.
        var objects: [String: FakeObject] = [:]
        /// Bytes of the filesystem, and of what else lies on it.
        var capacity = StorageCapacity(total: 1 << 30, free: 1 << 29)
        var isOff = false
        var hooks: [String] = []
        var journal: [String: JSONValue] = [:]
        /// Metadata on the storage, and what containers see of it.
        var meta: [String: [String: String]] = [:]
        var shownMeta: [String: [String: String]] = [:]
        /// Kernel modules that are loaded, with their options.
        var modules: [String: [String]] = [:]
        var boot = FakeBoot()
        var ended: (action: PowerAction, argument: String?, reason: String)?
        var calls: [String: Int] = [:]
        var unanswered: [String: ContainerSignal] = [:]
        var runtime = 0
        var violations: [String] = []
    }

    struct Timer: Sendable {
        let at: Instant
        let ticket: UInt64
        let fire: @Sendable () -> Void
    }

    let state: Mutex<State>
    let runsFreely: Bool
    package let layout: Layout
    private let decide: @Sendable (FakeCall) -> FakeOutcome
    /// Told of every effect, as one line.
    private let observer: @Sendable (String) -> Void
    private let onDeath: @Sendable () -> Void

    /// - Parameters:
    ///   - decide: what becomes of each driver call.
    ///   - onEffect: told of each change of the world.
    ///   - onDeath: the runtime died in a call; whoever runs it must drop it and start another.
    package init(
        layout: Layout = Layout(storage: "/storage", run: "/run/pantavisor"), startingAt now: Instant = .zero,
        runsFreely: Bool = false, decide: @escaping @Sendable (FakeCall) -> FakeOutcome = { _ in FakeOutcome() },
        onEffect: @escaping @Sendable (String) -> Void = { _ in }, onDeath: @escaping @Sendable () -> Void = {}
    ) {
        self.layout = layout
        self.runsFreely = runsFreely
        self.decide = decide
        self.observer = onEffect
        self.onDeath = onDeath
        state = Mutex(State(now: now))
    }

    package func script(_ container: String, _ script: ContainerScript) {
        state.withLock { $0.scripts[container] = script }
    }

    /// How a container behaves in one revision, whatever it does in others.
    package func script(_ container: String, in revision: String, _ script: ContainerScript) {
        state.withLock { $0.scripts["\(container)@\(revision)"] = script }
    }

    package func script(_ container: String, unlessScripted script: ContainerScript) {
        state.withLock { if $0.scripts[container] == nil { $0.scripts[container] = script } }
    }

    func tell(_ line: String) { observer(line) }

    /// Notes that something happened that must never happen.
    func violate(_ line: String) {
        state.withLock { $0.violations.append(line) }
        observer("VIOLATION " + line)
    }

    /// Makes one driver call on behalf of a runtime: waits, fails or dies as decided, and does the effect.
    ///
    /// `then` is what follows from the effect, outside the lock.
    func call<Result: Sendable>(
        _ operation: String, _ subject: String, by runtime: Int,
        _ effect: @Sendable (inout State) throws(DriverError) -> Result,
        then: @Sendable (Result) -> Void = { _ in }
    ) async throws(DriverError) -> Result {
        let verdict = try await begin(operation, subject, by: runtime)
        let result = try apply(effect, then)
        try end(verdict, operation, subject)
        return result
    }

    /// What comes of a call before its effect.
    private func begin(
        _ operation: String, _ subject: String, by runtime: Int
    ) async throws(DriverError) -> FakeOutcome.Verdict {
        let count = state.withLock { state in
            state.calls["\(operation) \(subject)", default: 0] += 1
            return state.calls["\(operation) \(subject)", default: 0]
        }
        try checkLife(of: runtime, operation, subject)
        let outcome = decide(FakeCall(operation: operation, subject: subject, count: count))
        if outcome.latency > .zero { await wait(until: now + outcome.latency) }
        try checkLife(of: runtime, operation, subject)
        switch outcome.verdict {
        case .works, .failsAfterEffect, .cutAfter, .diesAfter: return outcome.verdict
        case .fails(let errno):
            tell("fault: \(operation) \(subject) fails")
            throw DriverError(operation, subject, errno: errno, "injected fault")
        case .cutBefore:
            tell("fault: the power is cut before \(operation) \(subject)")
            cutPower()
            throw FakeWorld.dead(operation, subject)
        case .diesBefore:
            tell("fault: the runtime dies before \(operation) \(subject)")
            kill()
            throw FakeWorld.dead(operation, subject)
        }
    }

    /// What comes of a call after its effect.
    private func end(
        _ verdict: FakeOutcome.Verdict, _ operation: String, _ subject: String
    ) throws(DriverError) {
        switch verdict {
        case .works, .fails, .cutBefore, .diesBefore: return
        case .failsAfterEffect(let errno):
            tell("fault: \(operation) \(subject) fails after its effect")
            throw DriverError(operation, subject, errno: errno, "injected fault after the effect")
        case .cutAfter:
            tell("fault: the power is cut after \(operation) \(subject)")
            cutPower()
            throw FakeWorld.dead(operation, subject)
        case .diesAfter:
            tell("fault: the runtime dies after \(operation) \(subject)")
            kill()
            throw FakeWorld.dead(operation, subject)
        }
    }

    private func apply<Result: Sendable>(
        _ effect: @Sendable (inout State) throws(DriverError) -> Result, _ then: @Sendable (Result) -> Void
    ) throws(DriverError) -> Result {
        let result = try state.withLock { state throws(DriverError) in try effect(&state) }
        then(result)
        return result
    }

    /// What a runtime that is dead asks for never happens; the error only ends its task.
    func checkLife(of runtime: Int, _ operation: String, _ subject: String) throws(DriverError) {
        guard state.withLock({ $0.runtime }) == runtime else { throw FakeWorld.dead(operation, subject) }
    }

    private static func dead(_ operation: String, _ subject: String) -> DriverError {
        DriverError(operation, subject, "the runtime is dead")
    }

    /// The runtime dies.
    ///
    /// Containers, mounts and files stay; the next `FakeDrivers` belong to the next runtime.
    package func kill() {
        silence()
        onDeath()
    }

    /// The runtime's streams end, and whatever it still calls has no effect.
    private func silence() {
        let streams = state.withLock { state in
            state.runtime += 1
            state.followed = []
            state.starting = []
            defer { (state.exits, state.signals, state.unanswered) = (nil, nil, [:]) }
            return (state.exits, state.signals, state.unanswered)
        }
        streams.0?.finish()
        streams.1?.finish()
        for signal in streams.2.values.sorted(by: { $0.name < $1.name }) { signalLater(signal.name, signal.run) }
    }

    /// Ends the world: everything that waits in it goes on, to find its runtime dead.
    package func abandon() {
        silence()
        // Containers first: one that signals tries for as long as it runs.
        state.withLock { $0.containers = [:] }
        while let next = nextEvent { advance(to: next) }
    }
}
