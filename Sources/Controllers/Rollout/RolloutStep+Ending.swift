import Drivers
import Engine
import Model

/// It does not work out: back to where it began, with the cause written down.
extension RolloutStep {
    /// Nothing was changed yet: it is not begun.
    mutating func refuse(_ message: String) {
        // Nobody waits for this to be written: a runtime that dies now refuses it again.
        _ = report(.wontGo, message)
        finish(.refused)
    }

    /// It was being prepared, and the loader may know of it.
    mutating func giveUp(_ message: String) {
        status.failure = status.failure ?? message
        guard report(.wontGo, message) else { return }
        enter(.failing, for: .seconds(300))
    }

    /// The revision runs and is no good.
    mutating func fail(_ message: String) {
        status.failure = message
        status.conditions.set("GoalsReached", .no, reason: "Failed", message: message, at: world.wall)
        goBack()
    }

    /// The cause is decided; what follows waits until it is written down.
    mutating func goBack() {
        let message = status.failure ?? RolloutMessage.internalError
        let phase: Revision.Phase = isAborted ? .wontGo : .error
        guard !isReturn else {
            // There is nothing better to go to.
            _ = report(phase, message)
            return finish(.rolledBack)
        }
        guard report(phase, message) else { return }
        // The loader still has it as tried, so it comes back to the old one, whose runtime clears that.
        if status.isTryBoot { return enter(.rebooting, for: .seconds(300)) }
        enter(.reverting, for: provingLimit(status.from))
    }

    /// A user wants it to stop: what was not begun is refused, what runs goes back.
    mutating func abort() {
        switch status.step {
        case .pending, .checking, .makingRoom: refuse(RolloutMessage.aborted)
        case .installing, .staging: giveUp(RolloutMessage.aborted)
        case .starting, .testing:
            status.failure = status.failure ?? RolloutMessage.aborted
            goBack()
        case .rebooting, .committing, .reverting, .failing, .finished: break
        }
    }

    /// The device goes back without a reboot; when it cannot, with one.
    mutating func revert() {
        guard isRemembered(), let device, let from = status.from else { return }
        guard !isLate else { return enter(.rebooting, for: .seconds(300)) }
        guard !status.isStaged || status.isCleared else {
            actions.append(.clearTry)
            return
        }
        guard isConverged(on: from, device) else { return }
        finish(isAborted ? .aborted : .rolledBack)
    }

    /// The loader forgets it.
    mutating func clear() {
        if status.isTryBoot { return enter(.rebooting, for: .seconds(300)) }
        guard isRemembered() else { return }
        let progress = status.progress
        guard report(progress.phase, progress.message) else { return }
        guard status.isCleared else {
            actions.append(.clearTry)
            return
        }
        finish(isAborted ? .aborted : progress.phase == .wontGo ? .refused : .rolledBack)
    }

    private var isAborted: Bool { status.failure == RolloutMessage.aborted }
}

extension Rollout.Status {
    /// For the log of the device.
    var reasonToReboot: String { failure ?? "to try \(target ?? "")" }
}
