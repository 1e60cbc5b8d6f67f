import Engine
import Synchronization

/// Runs the jobs of tasks one at a time on the thread that asks for it, in an order that a seed draws.
///
/// A task that prefers it never leaves it, so a whole run of asynchronous code is one deterministic sequence.
final class SimulatedExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var generator: SeededGenerator
    }

    private let state: Mutex<State>

    init(drawing generator: SeededGenerator) {
        state = Mutex(State(generator: generator))
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    var isIdle: Bool { state.withLock { $0.jobs.isEmpty } }

    /// Runs one job; false when there is none.
    func runOne() -> Bool {
        let job = state.withLock { state -> UnownedJob? in
            guard !state.jobs.isEmpty else { return nil }
            return state.jobs.remove(at: state.generator.draw(below: state.jobs.count))
        }
        guard let job else { return false }
        job.runSynchronously(on: asUnownedTaskExecutor())
        return true
    }
}
