package import Drivers
package import Logging
package import Model
package import Store

/// The engine on a device: gives the core the time, runs its driver calls as tasks, and sleeps when there is nothing to
/// do.
///
/// Nothing ticks: it wakes for a change of the store, the end of an action, or the earliest deadline.
package actor ReconcileLoop {
    private let store: ResourceStore
    private let clock: any DeviceClock
    private let logger: Logger
    private let wakes: AsyncStream<Void>
    private nonisolated let wake: AsyncStream<Void>.Continuation
    private var reconciler: Reconciler
    private var isStopped = false
    private var armed: (at: Instant, task: Task<Void, Never>)?
    private var running: [SubjectID: Task<Void, Never>] = [:]

    package init(
        store: ResourceStore, controllers: [AnyController], clock: any DeviceClock, capabilities: Capabilities,
        logger: Logger
    ) throws(EngineError) {
        self.store = store
        self.clock = clock
        self.logger = logger
        // One wake stands for any number of changes.
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (self.wakes, self.wake) = (wakes, wake)
        reconciler = try Reconciler(
            EngineCore(controllers), store: store, capabilities: capabilities,
            record: Reconciler.sink(EventRecorder(store: store)),
            wake: { wake.yield() })
        wake.yield()
    }

    /// Runs until `stop`, or until the task is cancelled.
    package func run() async {
        for await _ in wakes {
            guard !isStopped else { break }
            await turn()
        }
        armed?.task.cancel()
        for task in running.values { task.cancel() }
    }

    /// Ends `run`.
    ///
    /// Actions that run are cancelled and not waited for: they are idempotent, and the next runtime looks at what they
    /// left.
    package func stop() {
        isStopped = true
        wake.finish()
    }

    /// Returns when the loop lets a caller in between two of its steps: as long as it does, it is alive.
    package func beat() {}

    /// Writes what a source found out into a resource's status.
    ///
    /// What is not there (any more) is dropped.
    package nonisolated func observe<K: Kind>(_ kind: K.Type, _ name: String, _ facts: Facts<K>) {
        do {
            try store.modify(kind, name, part: .status) { facts.apply(&$0.status) }
        } catch {
            logger.debug(
                "dropped a fact", metadata: ["subject": "\(ResourceKey(K.descriptor.name, name))", "why": "\(error)"])
        }
    }

    /// Plans until nothing is ready, letting others onto the thread now and then.
    private func turn() async {
        do {
            while try reconciler.collect(now: clock.now, wall: clock.wall) {
                var steps = 0
                while steps < 256, let step = reconciler.step(now: clock.now, wall: clock.wall) {
                    steps += 1
                    log(step)
                    if let command = step.command { start(command) }
                }
                if steps == 256 { await Task.yield() }
                guard !isStopped else { return }
            }
        } catch {
            logger.critical("the store refuses to be watched", metadata: ["why": "\(error)"])
            stop()
        }
        arm()
    }

    private func start(_ command: Command) {
        logger.info("acting", metadata: metadata(command.subject, ["action": "\(command.action)"]))
        running[command.subject] = Task {
            let result = await command.action.perform()
            self.finish(command, result)
        }
    }

    private func finish(_ command: Command, _ result: ActionResult) {
        running[command.subject] = nil
        guard !isStopped else { return }
        let finish = reconciler.finish(command, result, now: clock.now, wall: clock.wall)
        if let failure = finish.failure { log(failure, metadata(command.subject, ["action": "\(command.action)"])) }
        if let next = finish.command { start(next) }
        wake.yield()
    }

    /// One timer for the earliest deadline, none when there is none.
    private func arm() {
        let deadline = reconciler.deadline
        guard deadline != armed?.at else { return }
        armed?.task.cancel()
        armed = deadline.map { at in
            (
                at,
                Task { [clock] in
                    do {
                        try await clock.wait(until: at)
                        self.timerFired(at)
                    } catch {
                        // Another deadline took its place.
                    }
                }
            )
        }
    }

    private func timerFired(_ at: Instant) {
        if armed?.at == at { armed = nil }
        wake.yield()
    }

    private func log(_ step: Reconciler.Step) {
        guard case .failed = step.result else { return }
        log(step.result, ["subject": "\(step.subject)", "controller": "\(step.controller)"])
    }

    private func log(_ failure: Reconciler.Step.Result, _ metadata: Logger.Metadata) {
        guard case .failed(let error, let isNews) = failure else { return }
        let metadata = metadata.merging(["why": "\(error)"]) { _, last in last }
        logger.log(level: isNews ? .warning : .debug, "failed; trying again later", metadata: metadata)
    }

    private func metadata(_ id: SubjectID, _ more: Logger.Metadata) -> Logger.Metadata {
        let core = reconciler.core
        return more.merging(
            ["subject": "\(core.key(of: id))", "controller": "\(core.controller(of: id).name)"]) { _, last in last }
    }
}
