package import JSON

/// The device itself; one resource called `self`.
package enum Device: Kind {
    package static let descriptor = KindDescriptor(
        name: "Device", plural: "devices", singular: "device", shortNames: ["dev"],
        writablePaths: [
            ["spec", "desiredRevision"], ["spec", "mode"], ["spec", "power"], ["spec", "rebootNotBefore"],
        ])

    package static let selfName = "self"

    package enum Mode: String, Sendable, Codable, CaseIterable { case local, remote }

    /// What the device should do as a whole.
    ///
    /// `off` and `reboot` stop everything, in order, first.
    package enum Power: String, Sendable, Codable, CaseIterable { case on, off, reboot }

    package enum Phase: String, Sendable, Codable, CaseIterable {
        case booting = "Booting"
        case converging = "Converging"
        case ready = "Ready"
        case degraded = "Degraded"
        case stopping = "Stopping"
        case stopped = "Stopped"
    }

    package struct Spec: Codable, Sendable, Equatable {
        /// The revision to move to, as its real name (`3`, `locals/x`); nil = stay.
        package var desiredRevision: String?
        package var mode: Mode
        package var power: Power
        /// Until when a machine at which somebody works does not reboot (device uptime in ms).
        package var rebootNotBefore: Instant?

        package init(
            desiredRevision: String? = nil, mode: Mode = .local, power: Power = .on, rebootNotBefore: Instant? = nil
        ) {
            self.desiredRevision = desiredRevision
            self.mode = mode
            self.power = power
            self.rebootNotBefore = rebootNotBefore
        }
    }

    /// A revision that failed, remembered by its content: the same under another name fails the same.
    package struct Failure: Codable, Sendable, Hashable {
        package var digest: String
        /// The real name it failed as.
        package var revision: String
        package var message: String

        package init(digest: String, revision: String, message: String) {
            self.digest = digest
            self.revision = revision
            self.message = message
        }
    }

    package struct Status: ResourceStatus {
        package var observedGeneration: Int64?
        package var conditions: [Condition] = []
        package var phase: Phase = .booting
        /// The revision whose containers run, as its real name; nil until it is known.
        package var currentRevision: String?
        /// Fact: the revision that the loader started.
        package var bootedRevision: String?
        /// Fact: the revision a reboot comes back to.
        package var rollbackRevision: String?
        /// Fact: the revision that the next reboot tries.
        package var tryRevision: String?
        /// Fact: what a reboot must be given so that the loader tries it.
        package var rebootArgument: String?
        /// The writes to the boot environment that the three above know of.
        package var loaderWrites = ""
        /// Revisions whose content failed, the newest last.
        package var failures: [Failure] = []
        package var groupsReached = 0
        package var groups = 0
        package var version: String?
        package var arch: String?
        /// Why the device must reboot by itself, when it must.
        package var rebootReason: String?
        /// Since when everything is being stopped (device uptime in ms).
        package var stoppingSince: Instant?
        /// Fact: the failures that the storage holds.
        package var writtenFailures: [Failure] = []
        /// Fact: the revision that the journal holds as the current one.
        package var journaledRevision: String?
        /// Fact: the points whose hooks were run in this boot.
        package var hooks: [String]?
        /// Fact: the time in the journal before which it does not reboot.
        package var journaledDeferral: Instant?
        /// Fact: whether what an earlier runtime left behind was looked for and removed.
        package var isSwept = false
        /// Fact: the containers a user stopped, as the journal holds them; nil until it was read.
        package var stoppedContainers: [String]?
        package init() {}
    }

    package static let columns: [Column<Device>] = [
        Column("Current", about: "revision that runs") { .init($0.status.currentRevision) },
        Column("Desired", about: "revision to move to") { .init($0.spec.desiredRevision) },
        Column("Status", about: "what the device is doing") { .string($0.status.phase.rawValue) },
        Column("Rollback", wide: true, about: "revision that a reboot comes back to") {
            .init($0.status.rollbackRevision)
        },
        Column("Try", wide: true, about: "revision that the next reboot tries") { .init($0.status.tryRevision) },
        Column("Groups", about: "groups at their goal") { .string("\($0.status.groupsReached)/\($0.status.groups)") },
        Column("Version", wide: true, about: "version of the runtime") { .init($0.status.version) },
    ]

    package static let schema = """
        spec object What it should be.
          desiredRevision? string The revision to move to, as its real name (3, locals/x); missing = stay.
          mode local|remote=local Whether a hub decides about revisions.
          power on|off|reboot=on What it should do as a whole; off and reboot stop everything first, in order.
          rebootNotBefore? integer Until when it does not reboot while somebody works at it, in milliseconds since boot.
        status object What was observed.
          phase Booting|Converging|Ready|Degraded|Stopping|Stopped What it is doing.
          currentRevision? string The revision whose containers run; missing until it is known.
          bootedRevision? string The revision that the loader started.
          rollbackRevision? string The revision a reboot comes back to.
          tryRevision? string The revision that the next reboot tries.
          rebootArgument? string What a reboot must be given so that the loader tries it.
          loaderWrites string The writes to the boot environment that the three above know of.
          failures [@Failure] Revisions whose content failed, the newest last.
          groupsReached integer Groups at their goal.
          groups integer Groups there are.
          version? string Version of the runtime.
          arch? string Its processor.
          rebootReason? string Why it must reboot by itself.
          stoppingSince? integer Since when everything is being stopped, in milliseconds since boot.
          writtenFailures [@Failure] The failures that the storage holds.
          journaledRevision? string The revision that the journal holds as the current one.
          hooks? [string] The points whose hooks were run in this boot.
          journaledDeferral? integer The time in the journal before which it does not reboot, in milliseconds since boot.
          isSwept boolean Whether what an earlier runtime left behind was looked for.
          stoppedContainers? [string] Containers that a user stopped.
        """
}

extension Resource<Device> {
    /// Whether everything is being stopped, because a user wants it or the device must reboot.
    package var isGoingDown: Bool { spec.power != .on || status.rebootReason != nil }
}

extension JSONValue {
    /// A string, or null when there is none.
    package init(_ text: String?) {
        self = text.map { .string($0) } ?? .null
    }
}
