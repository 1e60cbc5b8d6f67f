import JSON
import Model

extension AutoRecovery {
    init?(_ field: Field) {
        guard let members = field.members() else { return nil }
        self.init(policy: members["policy"]?.choice(Policy.self) ?? .no)
        let seconds = 0...StateLimits.seconds
        maxRetries = members["max_retries"]?.wholeNumber(0...StateLimits.retries) ?? maxRetries
        retryDelay = members["retry_delay"]?.wholeNumber(seconds) ?? retryDelay
        backoffFactor = members["backoff_factor"]?.number(0...100) ?? backoffFactor
        resetWindow = members["reset_window"]?.wholeNumber(seconds) ?? resetWindow
        stableTimeout = members["stable_timeout"]?.wholeNumber(seconds) ?? stableTimeout
        if let field = members["backoff_policy"] { backoffPolicy = BackoffPolicy(field) ?? backoffPolicy }
        members.warnOfUnknown()
    }
}

extension BackoffPolicy {
    fileprivate init?(_ field: Field) {
        guard let text = field.text() else { return nil }
        guard let policy = BackoffPolicy(text) else {
            field.problem("\(text.quoted) is not reboot, never or a duration like 30s, 10min, 1h")
            return nil
        }
        self = policy
    }
}
