import JSON

/// An ordered start gate: its containers start when every earlier group reached its goal or ran out of time.
package enum Group: Kind {
    package static let descriptor = KindDescriptor(
        name: "Group", plural: "groups", singular: "group", shortNames: ["grp"])

    package struct Spec: Codable, Sendable, Equatable {
        /// Position among the groups, from 0.
        package var order: Int
        package var description: String?
        package var statusGoal: StatusGoal
        package var restartPolicy: RestartPolicy
        /// Seconds that an open group may be behind its goal until the next group goes anyway.
        package var timeout: Int
        package var autoRecovery: AutoRecovery?

        package init(
            order: Int, description: String? = nil, statusGoal: StatusGoal = .started,
            restartPolicy: RestartPolicy = .container, timeout: Int = 30, autoRecovery: AutoRecovery? = nil
        ) {
            self.order = order
            self.description = description
            self.statusGoal = statusGoal
            self.restartPolicy = restartPolicy
            self.timeout = timeout
            self.autoRecovery = autoRecovery
        }
    }

    package struct Status: ResourceStatus {
        package var observedGeneration: Int64?
        package var conditions: [Condition] = []
        /// The lowest phase of a member that is not at its goal, else READY.
        package var phase: ContainerPhase = .installed
        package var goal: GoalState = .unachieved
        package var members = 0
        package var membersReached = 0
        /// When the gate opened (device uptime, ms); nil while an earlier group holds it shut.
        package var openedAt: Instant?
        /// Since when it is open and not at its goal (device uptime, ms); its timeout counts from here.
        package var behindSince: Instant?
        /// The revision that `behindSince` belongs to: a new one has the whole timeout again.
        package var revision: String?
        package init() {}

        package var isOpen: Bool { openedAt != nil }
    }

    package static let columns: [Column<Group>] = [
        Column("Goal", about: "what each member must reach") { .string($0.spec.statusGoal.rawValue) },
        Column("Status", about: "lowest phase of a member that is not there yet") { .string($0.status.phase.rawValue) },
        Column("Reached", about: "whether the goal was reached") { .string($0.status.goal.rawValue) },
        Column("Members", about: "members at their goal") {
            .string("\($0.status.membersReached)/\($0.status.members)")
        },
        Column("Order", .integer, wide: true, about: "position among the groups") { .integer(Int64($0.spec.order)) },
        Column("Timeout", .integer, wide: true, about: "seconds until the next group goes anyway") {
            .integer(Int64($0.spec.timeout))
        },
    ]

    package static let schema = """
        spec object What it should be.
          order integer Position among the groups, from 0.
          description? string What it is for.
          statusGoal @StatusGoal What each member must reach.
          restartPolicy @RestartPolicy What an update of a member restarts, unless it says so itself.
          timeout integer Seconds from the opening of its gate until the next group goes anyway.
          autoRecovery? @AutoRecovery What to do when a member ends, unless it says so itself.
        status object What was observed.
          phase @ContainerPhase The lowest phase of a member that is not at its goal, else READY.
          goal @GoalState How it stands to its goal.
          members integer Its containers.
          membersReached integer Those at their goal.
          openedAt? integer When its gate opened, in milliseconds since boot; missing while an earlier group holds it shut.
          behindSince? integer Since when it is behind its goal, in milliseconds since boot.
          revision? string The revision that the last two speak of.
        """
}
