import Engine
import Model

extension ContainerStep {
    /// Settles how it stands to its goal and what the journal must hold, and hands over the plan.
    mutating func finished() -> Plan<Container, Action> {
        judgeGoal()
        let record = status.record
        let isNews = record != (status.journaled ?? Container.Record())
        if isNews, status.phase != .starting, !container.metadata.isBeingDeleted {
            actions.append(.remember(record, of: name))
        }
        return Plan(status: changedStatus, actions: actions, events: events, requeueAt: wakeAt)
    }

    var changedStatus: Container.Status? { status == container.status ? nil : status }

    private mutating func judgeGoal() {
        guard isAtGoal else {
            status.goal = group?.status.goal == .timedOut ? .timedOut : .unachieved
            status.goalReachedAt = nil
            status.isStable = false
            set("Ready", .no, status.phase.reason, "it is \(status.phase.rawValue), its goal is \(goal.rawValue)")
            return
        }
        let reachedAt = status.goalReachedAt ?? world.now
        status.goal = .achieved
        status.goalReachedAt = reachedAt
        set("Ready", .yes, "GoalReached")
        let stableAt = reachedAt + .seconds(container.spec.autoRecovery.stableTimeout)
        status.isStable = stableAt <= world.now
        if !status.isStable { wake(at: stableAt) }
    }

    private var goal: StatusGoal { container.spec.statusGoal }

    private var isAtGoal: Bool {
        switch status.phase {
        case .mounted: goal == .mounted
        case .started: goal != .ready
        case .ready: true
        case .installed, .blocked, .starting, .recovering, .stopping, .stopped: false
        }
    }
}

extension ContainerPhase {
    /// The phase as one CamelCase word.
    fileprivate var reason: String {
        switch self {
        case .installed: "Installed"
        case .blocked: "Blocked"
        case .mounted: "Mounted"
        case .starting: "Starting"
        case .started: "Started"
        case .ready: "Ready"
        case .recovering: "Recovering"
        case .stopping: "Stopping"
        case .stopped: "Stopped"
        }
    }
}
