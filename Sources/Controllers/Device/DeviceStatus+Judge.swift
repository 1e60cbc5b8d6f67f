import Engine
import Model

extension Device.Status {
    mutating func sum(_ groups: [Resource<Group>]) {
        self.groups = groups.count
        groupsReached = groups.count { $0.status.goal == .achieved }
    }

    /// Works out phase and `Ready` from the groups, and whether a container's failure asks for a reboot.
    mutating func judge(_ containers: [Resource<Container>], isGoingDown: Bool, at now: Timestamp) {
        if rebootReason == nil, let fatal = containers.filter(\.asksForReboot).min(by: { $0.name < $1.name }) {
            rebootReason = "container \(fatal.name): \(fatal.status.stopReason?.rawValue ?? "")"
        }
        guard !isGoingDown else {
            conditions.set("Ready", .no, reason: "GoingDown", message: rebootReason ?? "", at: now)
            return
        }
        let behind = containers.filter { $0.status.goal != .achieved }.map(\.name).sorted()
        let names = behind.prefix(8).joined(separator: ", ") + (behind.count > 8 ? ", …" : "")
        if groups == 0 {
            phase = .booting
            conditions.set("Ready", .no, reason: "Booting", message: "the revision is not expanded yet", at: now)
        } else if groupsReached == groups {
            phase = .ready
            conditions.set("Ready", .yes, reason: "GoalsReached", at: now)
        } else {
            let hasGivenUp = containers.contains { $0.status.goal == .timedOut || $0.status.hasGivenUp }
            phase = hasGivenUp ? .degraded : .converging
            let message = "not at their goal: \(names)"
            conditions.set("Ready", .no, reason: hasGivenUp ? "Degraded" : "Converging", message: message, at: now)
        }
    }
}

extension Container.Status {
    fileprivate var hasGivenUp: Bool { stopReason == .failed || stopReason == .exhausted }
}

extension Resource<Container> {
    /// A container that keeps the device from working, and whose policy names a reboot as the way out.
    fileprivate var asksForReboot: Bool {
        switch status.stopReason {
        case .exhausted: spec.autoRecovery.backoffPolicy == .reboot
        case .user, .completed, .failed, nil: false
        }
    }
}

extension Resource<Device> {
    func note(on status: Device.Status) -> EventNote? {
        if status.rebootReason != self.status.rebootReason, let reason = status.rebootReason {
            return EventNote(.warning, "Reboot", reason)
        }
        guard status.phase != self.status.phase else { return nil }
        return switch status.phase {
        case .ready: EventNote("Ready", "every group is at its goal")
        case .degraded: EventNote(.warning, "Degraded", status.conditions["Ready"]?.message ?? "")
        case .stopped: EventNote("Stopped", "everything is stopped and unmounted")
        case .booting, .converging, .stopping: nil
        }
    }
}
