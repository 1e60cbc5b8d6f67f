import Controllers
import Model
import Testing

struct RecoveryTests {
    static let now = Instant(milliseconds: 1_000_000)

    static func policy(
        _ policy: AutoRecovery.Policy, _ change: (inout AutoRecovery) -> Void = { _ in }
    ) -> AutoRecovery {
        var recovery = AutoRecovery(policy: policy, maxRetries: 3, retryDelay: 5, backoffFactor: 2)
        change(&recovery)
        return recovery
    }

    static let success = Container.Exit(pid: 1, code: 0)
    static let failure = Container.Exit(pid: 1, code: 7)
    static let killed = Container.Exit(pid: 1, signal: 9)
    static let notStarted = Container.Exit(failure: "no init")

    @Test(arguments: [
        (AutoRecovery.Policy.no, success, Recovery.stop(.completed)),
        (.no, failure, .stop(.failed)),
        (.onFailure, success, .stop(.completed)),
        (.onFailure, failure, .retry(at: now + .seconds(5), retries: 1)),
        (.onFailure, killed, .retry(at: now + .seconds(5), retries: 1)),
        (.onFailure, notStarted, .retry(at: now + .seconds(5), retries: 1)),
        (.unlessStopped, success, .retry(at: now + .seconds(5), retries: 1)),
        (.always, success, .retry(at: now + .seconds(5), retries: 1)),
    ])
    func `a policy decides by how the run ended`(
        policy: AutoRecovery.Policy, exit: Container.Exit, expected: Recovery
    ) {
        #expect(Self.policy(policy).recovery(after: exit, uptime: .zero, retries: 0, now: Self.now) == expected)
    }

    @Test(arguments: [(0, 5), (1, 10), (2, 20)])
    func `each delay is the factor times the one before`(retries: Int, seconds: Int) {
        let recovery = Self.policy(.always).recovery(
            after: Self.failure, uptime: .zero, retries: retries, now: Self.now)
        #expect(recovery == .retry(at: Self.now + .seconds(seconds), retries: retries + 1))
    }

    @Test(arguments: [
        (BackoffPolicy.reboot, Recovery.reboot),
        (.never, .stop(.exhausted)),
        (.pause(seconds: 600, text: "10min"), .retry(at: now + .seconds(600), retries: 0)),
    ])
    func `used-up retries end as the backoff policy says`(backoff: BackoffPolicy, expected: Recovery) {
        let policy = Self.policy(.always) { $0.backoffPolicy = backoff }
        #expect(policy.recovery(after: Self.failure, uptime: .zero, retries: 3, now: Self.now) == expected)
    }

    @Test func `a run longer than the reset window starts the count anew`() {
        let policy = Self.policy(.always) { $0.resetWindow = 60 }
        let recovery = policy.recovery(after: Self.failure, uptime: .seconds(61), retries: 3, now: Self.now)
        #expect(recovery == .retry(at: Self.now + .seconds(5), retries: 1))
    }

    @Test func `no limit means any number of retries, and no delay grows beyond a day`() {
        let policy = Self.policy(.always) { $0.maxRetries = 0 }
        let recovery = policy.recovery(after: Self.failure, uptime: .zero, retries: 1000, now: Self.now)
        #expect(recovery == .retry(at: Self.now + .seconds(86_400), retries: 1001))
    }
}
