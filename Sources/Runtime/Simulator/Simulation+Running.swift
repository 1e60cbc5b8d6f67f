package import Drivers
import Engine
import FakeDrivers
import Model

extension Simulation {
    package enum Ending: Sendable, Hashable {
        /// Nothing will ever happen again by itself.
        case quiet
        /// The device was told to end.
        case ended(PowerAction)
        /// There was more to come after the time that was given.
        case outOfTime
        /// So many steps that it would go on for ever.
        case outOfSteps
    }

    /// Runs until nothing more happens, the device ends, or `limit` since boot.
    @discardableResult
    package func run(until limit: Duration, maximumSteps: Int = 200_000) -> Ending {
        let limit = Instant.zero + limit
        let lastStep = steps + maximumSteps
        while steps < lastStep {
            if let action = world.end {
                guard reboots, action == .reboot else { return .ended(action) }
                world.kill()
                buryRuntime()
            }
            if step() {
                steps += 1
                noteChanges()
                afterStep?(self)
                continue
            }
            guard let next = nextTime else { return .quiet }
            guard next <= limit else {
                move(to: limit)
                return .outOfTime
            }
            move(to: next)
        }
        return .outOfSteps
    }

    /// Does one thing that is possible now; the seed says which.
    ///
    /// False when time must pass first.
    private func step() -> Bool {
        if let restartAt, restartAt <= now {
            startRuntime()
            return true
        }
        if keepAppointment() { return true }
        // Results and plans race with the jobs of tasks.
        let jobFirst = generator.draw(below: 2) == 0
        let didSomething =
            jobFirst ? (executor.runOne() || reconcile()) : (reconcile() || executor.runOne())
        buryRuntime()
        return didSomething
    }

    private func keepAppointment() -> Bool {
        guard let index = agenda.firstIndex(where: { $0.at <= now && (!$0.needsRuntime || runtime != nil) })
        else { return false }
        let appointment = agenda.remove(at: index)
        log.add(.user, appointment.what)
        appointment.body(self)
        buryRuntime()
        return true
    }

    /// Takes in one batch of results, or plans one subject.
    private func reconcile() -> Bool {
        let results = inbox.takeResults()
        guard runtime != nil else { return !results.isEmpty }
        // Read beforehand: it asks the runtime, which is being changed below.
        let wall = wall
        for result in results { take(result, wall) }
        if !results.isEmpty { return true }
        do {
            guard try runtime?.reconciler.collect(now: now, wall: wall) == true else { return false }
        } catch {
            log.add(.failure, "the store refuses to be watched: \(error)")
            return false
        }
        guard let step = runtime?.reconciler.step(now: now, wall: wall) else { return false }
        if case .failed(let error, _) = step.result { log.add(.failure, "\(step.subject) \(error)") }
        if let command = step.command { start(command) }
        return true
    }

    private func take(_ result: Inbox.Result, _ wall: Timestamp) {
        guard result.runtime == runtime?.number,
            let finish = runtime?.reconciler.finish(result.command, result.result, now: now, wall: wall)
        else { return }
        if case .failed(let error, _)? = finish.failure { log.add(.failure, error.description) }
        if let next = finish.command { start(next) }
    }

    private func start(_ command: Command) {
        guard let number = runtime?.number else { return }
        log.add(.action, command.action.description)
        Task(executorPreference: executor) { [inbox] in
            let result = await command.action.perform()
            inbox.add(Inbox.Result(runtime: number, command: command, result: result))
        }
    }

    private var wall: Timestamp { runtime?.drivers.clock.wall ?? Timestamp(seconds: 0) }

    /// The earliest time at which something is due.
    private var nextTime: Instant? {
        let appointments = agenda.filter { !$0.needsRuntime || runtime != nil }.map(\.at)
        return ([world.nextEvent, restartAt, runtime?.reconciler.deadline].compactMap { $0 } + appointments).min()
    }

    private func move(to instant: Instant) {
        log.move(to: max(instant, now))
        world.advance(to: instant)
        if let calmAfter = faults.calmAfter, now >= .zero + calmAfter { fate.calm() }
    }
}
