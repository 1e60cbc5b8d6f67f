/// Where a container is in its life (`spec/runtime-behaviour.md` §5).
package enum ContainerPhase: String, Sendable, Codable, CaseIterable {
    /// Known from the revision; nothing was done yet.
    case installed = "INSTALLED"
    /// An earlier group has not reached its goal.
    case blocked = "BLOCKED"
    /// All volumes are mounted.
    case mounted = "MOUNTED"
    case starting = "STARTING"
    case started = "STARTED"
    /// The container said so itself, by signal.
    case ready = "READY"
    /// It ended and waits for its next start.
    case recovering = "RECOVERING"
    case stopping = "STOPPING"
    case stopped = "STOPPED"
}

/// What a container must reach for its group to count as up.
package enum StatusGoal: String, Sendable, Codable, CaseIterable {
    case mounted = "MOUNTED"
    case started = "STARTED"
    case ready = "READY"
}

/// What an update of the container restarts: the device or only the container.
package enum RestartPolicy: String, Sendable, Codable, CaseIterable {
    case system
    case container
}

/// How a container or group stands to its goal.
package enum GoalState: String, Sendable, Codable, CaseIterable {
    case unachieved = "UNACHIEVED"
    case achieved = "ACHIEVED"
    case timedOut = "TIMEDOUT"
}

/// What a user wants of a container.
package enum RunState: String, Sendable, Codable, CaseIterable {
    case running = "Running"
    case stopped = "Stopped"
}

/// What a container may do on the control socket.
package enum Role: String, Sendable, Codable, CaseIterable {
    case mgmt
    case nobody
}

/// How long a storage volume keeps its content.
package enum Persistence: String, Sendable, Codable, CaseIterable {
    /// Kept over updates.
    case permanent
    /// One per revision.
    case revision
    /// Lost at reboot (tmpfs).
    case boot
}

/// What to do when a container ends (`spec/state-format.md`, auto_recovery).
package struct AutoRecovery: Sendable, Hashable, Codable {
    package enum Policy: String, Sendable, Codable, CaseIterable {
        case no
        case always
        case onFailure = "on-failure"
        case unlessStopped = "unless-stopped"
    }

    package var policy: Policy
    /// 0 = no limit.
    package var maxRetries: Int
    /// Seconds before the first restart.
    package var retryDelay: Int
    /// Factor from one delay to the next.
    package var backoffFactor: Double
    /// Seconds of uptime after which the count of retries starts anew; 0 = never.
    package var resetWindow: Int
    /// Seconds at the goal after which the container counts as stable; 0 = at once.
    package var stableTimeout: Int
    package var backoffPolicy: BackoffPolicy

    package init(
        policy: Policy, maxRetries: Int = 0, retryDelay: Int = 0, backoffFactor: Double = 1, resetWindow: Int = 0,
        stableTimeout: Int = 0, backoffPolicy: BackoffPolicy = .reboot
    ) {
        self.policy = policy
        self.maxRetries = maxRetries
        self.retryDelay = retryDelay
        self.backoffFactor = backoffFactor
        self.resetWindow = resetWindow
        self.stableTimeout = stableTimeout
        self.backoffPolicy = backoffPolicy
    }
}

/// What happens when all retries are used up: `reboot`, `never`, or a duration like `30s`, `10min`, `1h`.
package enum BackoffPolicy: Sendable, Hashable {
    case reboot
    case never
    /// Try again after this pause, with the count of retries at zero. The text is kept as written.
    case pause(seconds: Int, text: String)

    package init?(_ text: String) {
        switch text {
        case "reboot": self = .reboot
        case "never": self = .never
        default:
            guard let seconds = BackoffPolicy.seconds(text) else { return nil }
            self = .pause(seconds: seconds, text: text)
        }
    }

    package var text: String {
        switch self {
        case .reboot: "reboot"
        case .never: "never"
        case .pause(_, let text): text
        }
    }

    private static func seconds(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), number > 0, number <= 31_536_000 else { return nil }
        let factor: Int? =
            switch text.dropFirst(digits.count) {
            case "s": 1
            case "min": 60
            case "h": 3600
            case "d": 86_400
            default: nil
            }
        return factor.map { number * $0 }
    }
}

extension BackoffPolicy: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = BackoffPolicy(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not reboot, never or a duration like 30s, 10min, 1h")
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
