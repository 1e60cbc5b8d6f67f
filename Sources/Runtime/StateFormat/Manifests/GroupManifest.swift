import JSON
package import Model

/// A group as `device.json` or `groups.json` gives it.
package struct GroupManifest: Sendable, Equatable {
    package var name: String
    package var description: String?
    package var statusGoal = StatusGoal.started
    package var restartPolicy = RestartPolicy.container
    /// Seconds.
    package var timeout: Int
    package var autoRecovery: AutoRecovery?

    init(
        name: String, statusGoal: StatusGoal = .started, restartPolicy: RestartPolicy = .container, timeout: Int,
        autoRecovery: AutoRecovery? = nil
    ) {
        self.name = name
        self.statusGoal = statusGoal
        self.restartPolicy = restartPolicy
        self.timeout = timeout
        self.autoRecovery = autoRecovery
    }

    init?(_ field: Field, _ options: StateOptions) {
        guard let members = field.members() else { return nil }
        defer { members.warnOfUnknown() }
        let name = members.required("name", "name the group")?.name(maximumBytes: StateLimits.name)
        // A group without a usable name is read all the same: everything that is wrong is reported at once.
        self.init(name: name ?? "", timeout: options.groupTimeout)
        description = members["description"]?.text()
        statusGoal = members["status_goal"]?.choice(StatusGoal.self) ?? statusGoal
        restartPolicy = members["restart_policy"]?.choice(RestartPolicy.self) ?? restartPolicy
        timeout = members["timeout"]?.wholeNumber(0...StateLimits.seconds) ?? timeout
        autoRecovery = members["auto_recovery"].flatMap { AutoRecovery($0) }
    }

    /// The groups of a revision that gives none (`spec/state-format.md`).
    static func defaults(_ options: StateOptions) -> [GroupManifest] {
        let timeout = options.groupTimeout
        let recovery = AutoRecovery(
            policy: .onFailure, maxRetries: 5, retryDelay: 5, backoffFactor: 2, stableTimeout: 30)
        return [
            GroupManifest(name: "data", statusGoal: .mounted, restartPolicy: .system, timeout: timeout),
            GroupManifest(name: "root", restartPolicy: .system, timeout: timeout),
            GroupManifest(name: "platform", restartPolicy: .system, timeout: timeout),
            GroupManifest(name: "app", timeout: timeout, autoRecovery: recovery),
        ]
    }

    /// Reads an ordered list of groups.
    static func list(_ field: Field, _ options: StateOptions) -> [GroupManifest] {
        var positions: [String: Int] = [:]
        let fields = field.elements(atMost: StateLimits.groups)
        if field.value == [] { field.problem("is empty; leave it out to get the groups data, root, platform and app") }
        return fields.enumerated().compactMap { index, element in
            guard let group = GroupManifest(element, options), !group.name.isEmpty else { return nil }
            if let first = positions.updateValue(index, forKey: group.name) {
                let place = element.place.appending("name")
                element.findings.problem(place, "\(group.name.quoted) is the name of entry \(first) too; rename one")
            }
            return group
        }
    }
}
