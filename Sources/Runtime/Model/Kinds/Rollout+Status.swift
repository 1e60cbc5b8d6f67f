extension Rollout {
    package struct Status: ResourceStatus {
        package var observedGeneration: Int64?
        package var conditions: [Condition] = []
        package var step: Step = .pending
        package var progress = Progress.notInstalled
        package var outcome: Outcome?
        /// The revision it moves to, as its real name.
        package var target: String?
        /// The revision it comes from.
        package var from: String?
        package var transition: Transition?
        package var space: Space?
        /// Digest of the revision's content, by which a failure is remembered.
        package var digest: String?
        package var startedAt: Timestamp?
        package var finishedAt: Timestamp?
        /// When the present step began, and when it is given up (device uptime in ms; `deadlineAt` for people).
        package var stepSince: Instant?
        package var deadline: Instant?
        package var deadlineAt: Timestamp?
        /// Since when all goals are reached (device uptime in ms).
        package var goalsSince: Instant?
        /// Whether a collection was made to find space for it.
        package var hasCollected = false
        /// Whether a reboot comes back to the target anyway, so that the loader need not try it.
        package var isReturn = false
        /// Why it is being given up, once that is decided.
        package var failure: String?

        // Facts.
        /// Whether this boot is the loader's try of the revision.
        package var isTryBoot = false
        /// What the progress file holds.
        package var written: Progress?
        /// What the journal holds.
        package var journaled: Record?
        /// Whether directory and boot files are there.
        package var isInstalled = false
        /// Whether the loader was told.
        package var isStaged = false
        /// Counts the writes to the boot environment.
        package var loaderWrites = 0
        package var isCommitted = false
        package var isCleared = false
        package init() {}

        package var isFinished: Bool { step == .finished }

        /// The revision that the device must run now, although no reboot brought it there; nil = this attempt does not
        /// say, or the journal does not know yet.
        package var runs: String? {
            guard !isTryBoot else { return nil }
            switch step {
            case .starting, .testing, .committing: return journaled?.step == .starting ? target : nil
            case .reverting: return journaled?.step == .reverting ? from : nil
            case .pending, .checking, .makingRoom, .installing, .staging, .rebooting, .failing, .finished: return nil
            }
        }

        /// Whether a revision is being proved, so that a failing container fails the attempt instead of the device.
        package var isProving: Bool {
            switch step {
            case .starting, .testing, .committing, .reverting: true
            case .pending, .checking, .makingRoom, .installing, .staging, .rebooting, .failing, .finished: false
            }
        }
    }
}
