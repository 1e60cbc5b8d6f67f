import Drivers
import Engine
import Model

/// One pass of planning a container: the status that is being worked out, and what is to be done.
struct ContainerStep {
    typealias Action = ContainerController.Action

    let container: Resource<Container>
    let world: World
    let settings: ContainerSettings
    var status: Container.Status
    var actions: [Action] = []
    var events: [EventNote] = []
    var wakeAt: Instant?

    init(_ container: Resource<Container>, in world: World, settings: ContainerSettings) {
        self.container = container
        self.world = world
        self.settings = settings
        self.status = container.status
    }

    var name: String { container.name }
    var group: Resource<Group>? { world.get(Group.self, container.spec.group) }
    var device: Resource<Device>? { world.get(Device.self, Device.selfName) }

    /// The value of the restart annotation, when it was not acted on yet.
    var pendingRestart: String? {
        let wish = container.metadata.annotations[Container.restartedAtAnnotation]
        return wish == status.handledRestart ? nil : wish
    }

    /// Whether what runs is not what the revision asks for now.
    var isOutdated: Bool {
        guard let started = status.startedDigest else { return false }
        return started != container.spec.inputsDigest
    }

    mutating func wake(at instant: Instant) {
        wakeAt = wakeAt.map { min($0, instant) } ?? instant
    }

    mutating func set(_ type: String, _ state: Condition.Status, _ reason: String, _ message: String = "") {
        status.conditions.set(type, state, reason: reason, message: message, at: world.wall)
    }

    // MARK: A run that ended

    /// Deals once with the end of a run: as asked for, or as the recovery policy says.
    mutating func settleExit() {
        guard status.exits > status.handledExits, let exit = status.lastExit else { return }
        status.handledExits = status.exits
        // The end of an earlier run, reported after the next one began.
        guard !status.isRunning else { return }
        status.goalReachedAt = nil
        status.isStable = false
        // A start that failed may have left a container that runs and has signalled; the next start finds it.
        if exit.failure == nil { status.isSignalledReady = false }
        let wasAskedFor =
            status.phase == .stopping || container.spec.run == .stopped || container.metadata.isBeingDeleted
        set("Started", .no, wasAskedFor ? "Stopped" : exit.failure == nil ? "Exited" : "StartFailed", exit.sentence)
        if wasAskedFor {
            events.append(EventNote("Stopped", exit.sentence))
            status.phase = .stopped
            status.stopReason = .user
        } else {
            recover(from: exit)
        }
    }

    private mutating func recover(from exit: Container.Exit) {
        let uptime = exit.startedAt.map { world.now - $0 } ?? .zero
        let recovery = container.spec.autoRecovery.recovery(
            after: exit, uptime: uptime, retries: status.retries, now: world.now)
        events.append(
            EventNote(
                exit.isFailure ? .warning : .normal, exit.failure == nil ? "Exited" : "StartFailed", exit.sentence))
        status.stopReason = nil
        status.nextStartAt = nil
        switch recovery {
        case .retry(let at, let retries):
            status.phase = .recovering
            status.nextStartAt = at
            status.retries = retries
            status.restarts += 1
            events.append(EventNote(.warning, "BackOff", "starts again in \((at - world.now).inMilliseconds) ms"))
        case .stop(let reason):
            status.phase = .stopped
            status.stopReason = reason
        case .reboot:
            status.phase = .stopped
            status.stopReason = .exhausted
            events.append(EventNote(.warning, "RetriesExhausted", "backoff_policy asks for a reboot"))
        }
        describeRecovery()
    }

    /// Keeps the `Recovered` condition in step with what recovery decided.
    mutating func describeRecovery() {
        let policy = container.spec.autoRecovery
        switch status.phase {
        case .recovering:
            set("Recovered", .no, "BackOff", "retry \(status.retries) of \(policy.retryLimit)")
        case .stopped where status.stopReason == .exhausted:
            set("Recovered", .no, "RetriesExhausted", "gave up after \(policy.maxRetries) retries; restart it by hand")
        case .stopped where status.stopReason == .failed:
            set("Recovered", .no, "NoRestart", "auto_recovery is \"\(policy.policy.rawValue)\"; restart it by hand")
        case .stopped where status.stopReason == .completed:
            set("Recovered", .yes, "Completed", "it ended by itself with success")
        case .installed, .blocked, .mounted, .starting, .started, .ready, .stopping, .stopped:
            status.conditions.remove("Recovered")
        }
    }
}

extension AutoRecovery {
    fileprivate var retryLimit: String { maxRetries == 0 ? "any number" : String(maxRetries) }
}

extension Container.Exit {
    /// How the run ended, for people.
    var sentence: String {
        if let failure { return failure }
        if let signal { return "killed by signal \(signal)" }
        if let code { return code == 0 ? "exited with success" : "exited with code \(code)" }
        return "ended while nobody could learn how"
    }
}
