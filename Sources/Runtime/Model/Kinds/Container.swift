import JSON

/// One container of the active revision.
package enum Container: Kind {
    package static let descriptor = KindDescriptor(
        name: "Container", plural: "containers", singular: "container", shortNames: ["ct"],
        writablePaths: [["spec", "run"]])

    /// Held until the container was stopped.
    package static let stopFinalizer = "pantavisor.io/stop"
    /// A change of this annotation restarts the container once, as `kubectl rollout restart` does.
    package static let restartedAtAnnotation = "pantavisor.io/restartedAt"

    package struct Spec: Codable, Sendable, Equatable {
        /// The revision it comes from, as its real name.
        package var revision: String
        /// Position of its `run.json` in the state document, from 0: the order upstream lists containers in.
        package var order: Int
        package var group: String
        /// `lxc`; nil for a container that holds only data.
        package var type: String?
        /// LXC configuration file, relative to the container's directory in the trail.
        package var config: String?
        package var statusGoal: StatusGoal
        package var restartPolicy: RestartPolicy
        package var autoRecovery: AutoRecovery
        package var roles: [Role]
        /// Whether `_config/<name>` lays files over the root filesystem.
        package var hasConfigOverlay: Bool
        /// Container paths that are bound to `/exports/<name>/<path>`.
        package var exports: [String]
        /// Extra log files to follow, as container paths.
        package var logs: [String]
        /// Whether `/dev/log` is provided; nil = as configured.
        package var devLog: Bool?
        /// Whether the BSP's modules and firmware are mounted.
        package var mountsModulesAndFirmware: Bool
        package var hostname: String?
        /// Changes when anything the container is started with changes: its manifest, its objects, its overlay.
        package var inputsDigest: String
        /// Why it must not be started: an object of it is damaged, or was not looked at yet.
        package var objection: String?
        /// What the user wants of it.
        ///
        /// Kept over revisions.
        package var run: RunState

        package init(
            revision: String, order: Int, group: String, type: String? = "lxc", config: String? = nil,
            statusGoal: StatusGoal = .started, restartPolicy: RestartPolicy = .container,
            autoRecovery: AutoRecovery = AutoRecovery(policy: .no), roles: [Role] = [.mgmt],
            hasConfigOverlay: Bool = false, exports: [String] = [], logs: [String] = [], devLog: Bool? = nil,
            mountsModulesAndFirmware: Bool = true, hostname: String? = nil, inputsDigest: String = "",
            run: RunState = .running
        ) {
            self.revision = revision
            self.order = order
            self.group = group
            self.type = type
            self.config = config
            self.statusGoal = statusGoal
            self.restartPolicy = restartPolicy
            self.autoRecovery = autoRecovery
            self.roles = roles
            self.hasConfigOverlay = hasConfigOverlay
            self.exports = exports
            self.logs = logs
            self.devLog = devLog
            self.mountsModulesAndFirmware = mountsModulesAndFirmware
            self.hostname = hostname
            self.inputsDigest = inputsDigest
            self.run = run
        }

        /// Whether there is something to start, and not only volumes to mount.
        package var isRunnable: Bool { type != nil && config != nil && statusGoal != .mounted }
    }

    /// What is known of the container's processes.
    ///
    /// Facts only: written by the driver's results and its exits.
    package enum Process: String, Sendable, Codable, CaseIterable {
        /// Nobody has looked yet.
        case unknown = "Unknown"
        case absent = "Absent"
        case running = "Running"
    }

    /// How one run of a container ended, or why it did not begin.
    package struct Exit: Codable, Sendable, Hashable {
        /// The run it ended: pid and start (device uptime in ms); nil when the start itself failed.
        package var pid: Int?
        package var startedAt: Instant?
        /// Exit code, when it exited by itself.
        package var code: Int?
        /// Signal number, when it was killed.
        package var signal: Int?
        /// Why it could not be started, with the end of its LXC log.
        package var failure: String?

        package init(
            pid: Int? = nil, startedAt: Instant? = nil, code: Int? = nil, signal: Int? = nil, failure: String? = nil
        ) {
            self.pid = pid
            self.startedAt = startedAt
            self.code = code
            self.signal = signal
            self.failure = failure
        }

        package var isFailure: Bool { code != 0 }
    }

    /// Why a container is STOPPED.
    package enum StopReason: String, Sendable, Codable, CaseIterable {
        /// A user stopped it.
        case user = "UserStopped"
        /// It ended by itself without a failure, and its policy leaves it at that.
        case completed = "Completed"
        /// It failed, and its policy is not to restart it.
        case failed = "Failed"
        /// All retries are used up.
        case exhausted = "RetriesExhausted"
    }

    /// What outlives the runtime's death, but not a reboot: kept in the journal.
    package struct Record: Codable, Sendable, Hashable {
        package var pid: Int?
        package var startedAt: Instant?
        package var isSignalledReady = false
        package var restarts = 0
        package var retries = 0
        package var nextStartAt: Instant?
        package var stopReason: StopReason?
        package var handledRestart: String?
        package var startedDigest: String?
        package var startedRevision: String?
        package init() {}
    }

    package struct Status: ResourceStatus {
        package var observedGeneration: Int64?
        package var conditions: [Condition] = []
        package var phase: ContainerPhase = .installed
        package var goal: GoalState = .unachieved

        // Facts.
        package var process: Process = .unknown
        package var pid: Int?
        /// Device uptime in ms at which the running process was started.
        package var startedAt: Instant?
        package var lastExit: Exit?
        /// Counts the exits seen, so that two equal ones are told apart.
        package var exits = 0
        /// Whether the running process signalled that it is ready.
        package var isSignalledReady = false

        // Decisions.
        /// Restarts by recovery since the revision was started.
        package var restarts = 0
        /// Restarts that count against `maxRetries`.
        package var retries = 0
        /// The exit that recovery has dealt with (a value of `exits`).
        package var handledExits = 0
        /// When the next start is due (device uptime in ms).
        package var nextStartAt: Instant?
        /// When the goal was reached (device uptime in ms).
        package var goalReachedAt: Instant?
        package var isStable = false
        /// The value of the restart annotation that was acted on.
        package var handledRestart: String?
        /// The digest of what the latest start was given.
        package var startedDigest: String?
        /// The revision that the latest start was of; the logs of that run are there.
        package var startedRevision: String?
        package var stopReason: StopReason?
        /// Fact: what the journal holds.
        package var journaled: Record?
        package init() {}

        package var isRunning: Bool { process == .running }

        /// Whether the journal holds that the process that runs has signalled: no death of the runtime forgets it.
        package var hasKeptSignal: Bool {
            guard isRunning, let journaled, journaled.isSignalledReady else { return false }
            return journaled.pid == pid && journaled.startedAt == startedAt
        }
    }

    package static let columns: [Column<Container>] = [
        Column("Ready", .boolean, about: "whether its goal is reached") { .bool($0.status.goal == .achieved) },
        Column("Status", about: "phase") { .string($0.status.phase.rawValue) },
        Column("Group", about: "start gate") { .string($0.spec.group) },
        Column("Goal", about: "phase it must reach") { .string($0.spec.statusGoal.rawValue) },
        Column("Restarts", .integer, about: "restarts by recovery") { .integer(Int64($0.status.restarts)) },
        Column("PID", .integer, wide: true, about: "its init, in the host's numbering") {
            $0.status.pid.map { .integer(Int64($0)) } ?? .null
        },
        Column("Revision", wide: true, about: "revision it comes from") { .string($0.spec.revision) },
    ]

    package static let schema = """
        spec object What it should be.
          revision string The revision it comes from, as its real name.
          order integer Position among the containers of the revision, from 0.
          group string The group that starts it.
          type? string lxc; a container without it only holds data.
          config? string LXC configuration, relative to its directory in the trail.
          statusGoal @StatusGoal What it must reach for its group to count as up.
          restartPolicy @RestartPolicy What an update of it restarts: the device or only the container.
          autoRecovery @AutoRecovery What to do when it ends.
          roles [mgmt|nobody] What it may do on the control socket.
          hasConfigOverlay boolean Whether _config/<name> lays files over its root filesystem.
          exports [string] Its paths that others find at /exports/<name>/<path>.
          logs [string] Its files that are logs too.
          devLog? boolean Whether it gets /dev/log; missing = as configured.
          mountsModulesAndFirmware boolean Whether it gets the kernel's modules and firmware.
          hostname? string Its host name.
          inputsDigest string Changes when anything it is started with changes.
          objection? string Why it must not be started: an object of it is damaged, or was not looked at yet.
          run Running|Stopped=Running What the user wants of it; kept over revisions.
        status object What was observed.
          phase @ContainerPhase Where it is in its life.
          goal @GoalState How it stands to its goal.
          process Unknown|Absent|Running What is known of its processes.
          pid? integer Its init, in the host's numbering.
          startedAt? integer When it was started, in milliseconds since boot.
          lastExit? object How its last run ended.
            pid? integer The process that ended.
            startedAt? integer When that was started, in milliseconds since boot.
            code? integer Exit code, when it ended by itself.
            signal? integer Signal, when it was killed.
            failure? string Why it could not be started.
          exits integer Counts its ends.
          isSignalledReady boolean Whether it said itself that it is ready.
          restarts integer Restarts by recovery.
          retries integer Restarts that count against maxRetries.
          handledExits integer The end that recovery has dealt with.
          nextStartAt? integer When it is started again, in milliseconds since boot.
          goalReachedAt? integer When it reached its goal, in milliseconds since boot.
          isStable boolean Whether it stayed at its goal for stableTimeout.
          handledRestart? string The value of the annotation pantavisor.io/restartedAt that was acted on.
          startedDigest? string What the latest start was given.
          startedRevision? string The revision that the latest start was of; the logs of that run are there.
          stopReason? UserStopped|Completed|Failed|RetriesExhausted Why it is stopped.
          journaled? object What outlives the runtime's death.
            pid? integer Its init.
            startedAt? integer When it was started, in milliseconds since boot.
            isSignalledReady boolean Whether it said that it is ready.
            restarts integer Restarts by recovery.
            retries integer Restarts that count.
            nextStartAt? integer When it is started again.
            stopReason? UserStopped|Completed|Failed|RetriesExhausted Why it is stopped.
            handledRestart? string The restart that was acted on.
            startedDigest? string What it was started with.
            startedRevision? string The revision it was started from.
        """
}
