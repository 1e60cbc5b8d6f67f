package import JSON

/// One attempt to move the device to a revision (`spec/runtime-behaviour.md` §6).
package enum Rollout: Kind {
    package static let descriptor = KindDescriptor(
        name: "Rollout", plural: "rollouts", singular: "rollout", shortNames: ["ro"],
        writablePaths: [["spec", "action"]], isUserCreatable: true)

    /// Held while the attempt goes on.
    package static let finalizer = "pantavisor.io/rollout"

    package enum Action: String, Sendable, Codable, CaseIterable {
        /// Move to the revision, with a reboot only if something needs one.
        case run = "Run"
        /// Move to it by a reboot, so that it becomes the one to come back to.
        case runCommit = "RunCommit"
        /// Run it until the next reboot.
        case tryOnce = "TryOnce"
        /// Move to it only if no reboot is needed.
        case apply = "Apply"
        /// Go back to the revision that a reboot comes back to.
        case rollback = "Rollback"
        /// Give the attempt up, and go back to where it began.
        case abort = "Abort"
    }

    package enum Step: String, Sendable, Codable, CaseIterable {
        /// Another attempt is not over, or the device is not up yet.
        case pending = "Pending"
        /// The document, its objects and its signatures are being checked.
        case checking = "Checking"
        /// What nothing needs is being removed, for there is too little space.
        case makingRoom = "MakingRoom"
        /// Its directory and its boot files are being made.
        case installing = "Installing"
        /// The loader is being told.
        case staging = "Staging"
        /// The device stops and starts again.
        case rebooting = "Rebooting"
        /// The revision runs; its goals are not reached yet.
        case starting = "Starting"
        /// The goals are reached and must hold.
        case testing = "Testing"
        case committing = "Committing"
        /// The device goes back to the revision it came from, without a reboot.
        case reverting = "Reverting"
        /// It failed, and what it left for the loader is being cleared.
        case failing = "Failing"
        case finished = "Finished"
    }

    package enum Outcome: String, Sendable, Codable, CaseIterable {
        /// It runs and is the revision to come back to.
        case committed = "Committed"
        /// It runs; a reboot tries it and then commits it.
        case updated = "Updated"
        /// It was not even begun.
        case refused = "Refused"
        /// It failed; the device is where it was.
        case rolledBack = "RolledBack"
        case aborted = "Aborted"
    }

    package struct Spec: Codable, Sendable, Hashable {
        /// The revision's real name; nil for a rollback, which finds it.
        package var revision: String?
        package var action: Action
        /// Whether to try a revision whose very content failed before.
        package var retry: Bool?

        package init(revision: String?, action: Action = .run, retry: Bool? = nil) {
            self.revision = revision
            self.action = action
            self.retry = retry
        }
    }

    /// What the move does to the device.
    package struct Transition: Codable, Sendable, Hashable {
        /// Why a reboot is needed; empty when none is.
        package var rebootReasons: [String]
        package var containers: [Change]

        package struct Change: Codable, Sendable, Hashable {
            package var name: String
            /// Start, Stop, Restart or Keep.
            package var effect: String
            package var reasons: [String]

            package init(name: String, effect: String, reasons: [String]) {
                self.name = name
                self.effect = effect
                self.reasons = reasons
            }
        }

        package init(rebootReasons: [String], containers: [Change]) {
            self.rebootReasons = rebootReasons
            self.containers = containers
        }
    }

    /// Bytes the move needs on the storage, and what there is for it.
    package struct Space: Codable, Sendable, Hashable {
        package var needed: Int64
        package var available: Int64

        package init(needed: Int64, available: Int64) {
            self.needed = needed
            self.available = available
        }

        package var fits: Bool { needed <= available }
    }

    /// How far a revision came, as its progress file says (`spec/pv-ctrl-api.md` §3.6).
    package struct Progress: Codable, Sendable, Hashable {
        package var phase: Revision.Phase
        package var message: String

        package init(_ phase: Revision.Phase, _ message: String) {
            self.phase = phase
            self.message = message
        }

        /// What is said of a revision that was put there, while objects of it are missing and when all are there
        /// (`spec/runtime-behaviour.md` §6.2).
        package static let notInstalled = Progress(.new, "Update not yet installed")
        package static let ready = Progress(.new, "Update ready to be run")

        /// The content of a progress file.
        package var document: JSONValue {
            [
                "status": .string(phase.rawValue), "status-msg": .string(message),
                "progress": .integer(Int64(phase.percent)), "retries": 0,
            ]
        }
    }

    /// What outlives a reboot: written beside the revision before the loader is told of it.
    package struct Record: Codable, Sendable, Hashable {
        package var name: String
        package var spec: Spec
        package var from: String?
        /// Where it was, for a runtime that died within one boot.
        package var step: Step
        /// Whether the loader tries the revision in this boot.
        package var isTryBoot: Bool
        /// Whether a reboot comes back to the revision anyway.
        package var isReturn: Bool
        package var progress: Progress

        package init(
            name: String, spec: Spec, from: String?, step: Step = .pending, isTryBoot: Bool = false,
            isReturn: Bool = false, progress: Progress
        ) {
            self.name = name
            self.spec = spec
            self.from = from
            self.step = step
            self.isTryBoot = isTryBoot
            self.isReturn = isReturn
            self.progress = progress
        }
    }

    package static let columns: [Column<Rollout>] = [
        Column("Revision", about: "revision it moves to") { .init($0.status.target ?? $0.spec.revision) },
        Column("Action", about: "what was asked for") { .string($0.spec.action.rawValue) },
        Column("Phase", about: "how far the revision came") { .string($0.status.progress.phase.rawValue) },
        Column("Step", about: "what is being done") { .string($0.status.step.rawValue) },
        Column("Outcome", about: "how it ended") { .init($0.status.outcome?.rawValue) },
        Column("From", wide: true, about: "revision it comes from") { .init($0.status.from) },
        Column("Message", wide: true, about: "what is being done, or what went wrong") {
            .string($0.status.progress.message)
        },
        Column("Deadline", wide: true, about: "when the step is given up") { .init($0.status.deadlineAt?.description) },
    ]

    package static let schema = """
        spec @RolloutSpec What was asked for.
        status object How far it came.
          step @RolloutStep What is being done.
          progress @Progress How far the revision came.
          outcome? Committed|Updated|Refused|RolledBack|Aborted How it ended.
          target? string The revision it moves to.
          from? string The revision it comes from.
          transition? object What the move does to the device.
            rebootReasons [string] Why a reboot is needed; empty when none is.
            containers [object] What becomes of each container.
              name string Its name.
              effect string Start, Stop, Restart or Keep.
              reasons [string] Why.
          space? object Bytes on the storage.
            needed integer What the move needs.
            available integer What there is for it.
          digest? string Digest of the revision's content, by which a failure is remembered.
          startedAt? time When it began.
          finishedAt? time When it was over.
          stepSince? integer When the step began, in milliseconds since boot.
          deadline? integer When the step is given up, in milliseconds since boot.
          deadlineAt? time The same for people.
          goalsSince? integer Since when all goals are reached, in milliseconds since boot.
          hasCollected boolean Whether garbage was collected for it.
          isReturn boolean Whether a reboot comes back to the target anyway.
          failure? string Why it is given up.
          isTryBoot boolean Whether this boot is the loader's try of the revision.
          written? @Progress What the progress file holds.
          journaled? object What outlives a reboot.
            name string Its name.
            spec @RolloutSpec What was asked for.
            from? string The revision it comes from.
            step @RolloutStep Where it was.
            isTryBoot boolean Whether the loader tries the revision in this boot.
            isReturn boolean Whether a reboot comes back to it anyway.
            progress @Progress How far the revision came.
          isInstalled boolean Whether directory and boot files are there.
          isStaged boolean Whether the loader was told.
          loaderWrites integer Counts the writes to the boot environment.
          isCommitted boolean Whether a reboot comes back to it.
          isCleared boolean Whether the loader was told to forget it.
        """
}
