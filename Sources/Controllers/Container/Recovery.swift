package import Model

/// What to do about a container that ended without being asked to (`spec/state-format.md`, auto_recovery).
package enum Recovery: Sendable, Equatable {
    /// Start it again at `at`, as retry number `retries`.
    case retry(at: Instant, retries: Int)
    /// Leave it stopped.
    case stop(Container.StopReason)
    /// All retries are used up, and the policy asks for a reboot.
    case reboot
}

extension AutoRecovery {
    /// Decides from the end of a run; `uptime` is how long it had run, `retries` how often it was restarted for it.
    package func recovery(
        after exit: Container.Exit, uptime: Duration, retries: Int, now: Instant
    ) -> Recovery {
        guard restarts(after: exit) else { return .stop(exit.isFailure ? .failed : .completed) }
        let spent = resetWindow > 0 && uptime > .seconds(resetWindow) ? 0 : retries
        if maxRetries == 0 || spent < maxRetries {
            return .retry(at: now + delay(beforeRetry: spent + 1), retries: spent + 1)
        }
        return switch backoffPolicy {
        case .reboot: .reboot
        case .never: .stop(.exhausted)
        case .pause(let seconds, _): .retry(at: now + .seconds(seconds), retries: 0)
        }
    }

    private func restarts(after exit: Container.Exit) -> Bool {
        switch policy {
        case .no: false
        case .onFailure: exit.isFailure
        case .always, .unlessStopped: true
        }
    }

    /// `retryDelay` × `backoffFactor` to the power of the retries before this one; a day at most.
    private func delay(beforeRetry number: Int) -> Duration {
        let day = 86_400.0
        var seconds = Double(retryDelay)
        for _ in 1..<max(number, 1) where seconds < day { seconds *= backoffFactor }
        return .milliseconds(Int64(min(max(seconds, 0), day) * 1000))
    }
}
