import Engine
import Model

extension Device.Status {
    mutating func sum(_ groups: [Resource<Group>]) {
        self.groups = groups.count
        groupsReached = groups.count { $0.status.goal == .achieved }
    }

    /// Works out phase and `Ready` from the groups, and whether a rollout or a container's failure asks for a reboot.
    ///
    /// While a revision is being proved, a container's failure is the rollout's.
    mutating func judge(
        _ containers: [Resource<Container>], _ rollouts: [Resource<Rollout>], isGoingDown: Bool, at now: Timestamp
    ) {
        if let rollout = rollouts.first(where: { $0.status.step == .rebooting }) {
            rebootReason = rebootReason ?? "rollout \(rollout.name): \(rollout.status.reasonToReboot)"
        } else if rebootReason == nil, !rollouts.contains(where: \.status.isProving),
            let fatal = containers.filter(\.asksForReboot).min(by: { $0.name < $1.name })
        {
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

extension Device.Status {
    private static let maximumFailures = 64

    /// Takes over what rollouts found out about contents: what failed, and what does not any more.
    mutating func learn(from rollouts: [Resource<Rollout>]) {
        var latest: [String: Rollout.Status] = [:]
        for status in rollouts.map(\.status) {
            guard let digest = status.digest, let since = status.stepSince else { continue }
            if let other = latest[digest]?.stepSince, other > since { continue }
            latest[digest] = status
        }
        for (digest, status) in latest.sorted(by: { $0.key < $1.key }) {
            switch status.outcome {
            case .committed, .updated: failures.removeAll { $0.digest == digest }
            case .refused, .aborted: continue
            case .rolledBack, nil:
                // One that is about to reboot must be remembered before.
                guard status.progress.phase == .error, let target = status.target else { continue }
                remember(Device.Failure(digest: digest, revision: target, message: status.progress.message))
            }
        }
    }

    private mutating func remember(_ failure: Device.Failure) {
        guard !failures.contains(where: { $0.digest == failure.digest }) else { return }
        failures = (failures + [failure]).suffix(Self.maximumFailures)
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
