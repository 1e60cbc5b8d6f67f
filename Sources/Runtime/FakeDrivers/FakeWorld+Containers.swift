package import Drivers
import Model
import Synchronization

/// What a container says of itself on the control socket.
package struct ContainerSignal: Sendable {
    package let name: String
    package let run: RunningContainer
    /// Tells the container that it was not heard, so that it tries again.
    package let refuse: @Sendable () -> Void
    /// Tells the container that it will not be forgotten; until then it tries again when the runtime dies.
    package let acknowledge: @Sendable () -> Void
}

extension FakeWorld {
    /// Every container that runs, by name.
    package var running: [String: RunningContainer] { state.withLock { $0.containers.mapValues(\.run) } }
    /// Every directory something is mounted at.
    package var mountPoints: [String] { state.withLock { $0.mounts.keys.sorted() } }
    /// How the device's run ended, when it did.
    package var end: PowerAction? { state.withLock { $0.ended?.action } }
    /// What must never happen and did.
    package var violations: [String] { state.withLock { $0.violations } }
    /// How often a container was really started.
    package func starts(of name: String) -> Int { state.withLock { $0.starts[name] ?? 0 } }

    /// A container ends from outside, as by `kill`.
    package func kill(container name: String, signal: Int = 9) {
        guard let run = running[name] else { return }
        finish(name, run, code: nil, signal: signal)
    }

    /// Begins what the script says of this run.
    func live(_ name: String, _ run: RunningContainer, number: Int) {
        let script = script(of: name)
        if let exit = script.run(number).exit {
            schedule(at: now + exit.after) { [weak self] in self?.finish(name, run, code: exit.code, signal: nil) }
        }
        if let delay = script.run(number).readyAfter {
            schedule(at: now + delay) { [weak self] in self?.signal(name, run) }
        }
    }

    func script(of name: String) -> ContainerScript {
        state.withLock { $0.script(of: name, in: $0.containers[name]?.launch.revision) }
    }

    /// One run ends; a later run of the same container is not concerned.
    func finish(_ name: String, _ run: RunningContainer, code: Int?, signal: Int?) {
        let exit = ContainerExit(name: name, run: run, code: code, signal: signal)
        let (waiting, sink) = state.withLock { state in
            guard state.containers[name]?.run == run, let container = state.containers.removeValue(forKey: name) else {
                return ([@Sendable () -> Void](), AsyncStream<ContainerExit>.Continuation?.none)
            }
            guard state.followed.contains(name), let exits = state.exits else {
                state.unreported[name, default: []].append(exit)
                return (container.waiting + [{}], nil)
            }
            return (container.waiting + [{}], exits)
        }
        guard !waiting.isEmpty else { return }
        let how = code.map { "exits with \($0)" } ?? signal.map { "is killed by signal \($0)" } ?? "ends"
        tell("\(name) (pid \(run.pid)) \(how)")
        sink?.yield(exit)
        for wake in waiting { wake() }
    }

    /// A container says that it is ready; while nobody hears it, it tries again every second.
    private func signal(_ name: String, _ run: RunningContainer) {
        guard running[name] == run else { return }
        guard let sink = state.withLock({ $0.signals }) else { return signalLater(name, run) }
        tell("\(name) (pid \(run.pid)) signals ready")
        let signal = ContainerSignal(
            name: name, run: run,
            refuse: { [weak self] in
                self?.settle(name)
                self?.signalLater(name, run)
            },
            acknowledge: { [weak self] in self?.settle(name) })
        state.withLock { $0.unanswered[name] = signal }
        sink.yield(signal)
    }

    private func settle(_ name: String) { state.withLock { $0.unanswered[name] = nil } }

    func signalLater(_ name: String, _ run: RunningContainer) {
        schedule(at: now + .seconds(1)) { [weak self] in self?.signal(name, run) }
    }

    /// Signals that were heard and neither refused nor acknowledged, by container.
    package var unanswered: [String: ContainerSignal] { state.withLock { $0.unanswered } }

    /// Asks a container to halt; it goes on halting when the runtime dies.
    func askToHalt(_ name: String, _ run: RunningContainer) {
        let isFirst = state.withLock { state in
            defer { state.containers[name]?.isHalting = true }
            return state.containers[name]?.isHalting == false
        }
        guard isFirst, let delay = script(of: name).haltsAfter else { return }
        schedule(at: now + delay) { [weak self] in self?.finish(name, run, code: 0, signal: nil) }
    }

    /// Waits for the end of a run, at most until `deadline`.
    func waitForEnd(of name: String, _ run: RunningContainer, until deadline: Instant) async {
        guard runsFreely else {
            return await withCheckedContinuation { continuation in
                let once = Once { continuation.resume() }
                schedule(at: deadline) { once.fire() }
                let isOver = state.withLock { state in
                    guard state.containers[name]?.run == run else { return true }
                    state.containers[name]?.waiting.append { once.fire() }
                    return false
                }
                if isOver { once.fire() }
            }
        }
        while running[name] == run, let next = nextEvent, next <= deadline { advance(to: next) }
        if running[name] == run { advance(to: deadline) }
    }
}

extension FakeWorld.State {
    func script(of name: String, in revision: String?) -> ContainerScript {
        revision.flatMap { scripts["\(name)@\($0)"] } ?? scripts[name] ?? ContainerScript()
    }
}
