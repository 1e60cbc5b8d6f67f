import JSON
package import Model

/// One container as its `run.json` describes it.
package struct ContainerManifest: Sendable, Equatable {
    package enum Content: Sendable, Hashable {
        /// A filesystem image; `handler` makes its content (`dm` = dm-verity).
        case image(object: String, filesystem: String, handler: String?)
        /// A single file (`.bind`).
        case file(object: String)
        /// A directory of the revision (`.data`).
        case directory
    }

    package struct Image: Sendable, Hashable {
        package var name: String
        package var content: Content
    }

    package struct DriverNames: Sendable, Equatable {
        package var required: [String] = []
        package var optional: [String] = []
        package var manual: [String] = []
    }

    package var name: String
    /// Position among the containers of the document, from 0.
    package var order: Int
    package var type: String?
    package var config: String?
    /// The root volume first.
    package var images: [Image] = []
    package var storage: [StorageManifest] = []
    /// As written; nil = the revision decides.
    package var group: String?
    package var statusGoal: StatusGoal?
    package var restartPolicy: RestartPolicy?
    package var autoRecovery: AutoRecovery?
    package var roles: [Role] = [.mgmt]
    package var drivers = DriverNames()
    package var requirements: [ServiceRequirement] = []
    package var exportedServices: [ServiceExport] = []
    package var network = ContainerNetwork()
    package var exports: [String] = []
    package var logs: [String] = []
    package var devLog: Bool?
    package var mountsModulesAndFirmware = true
    package var remount: [String: [RemountRule]] = [:]
    /// Whether `_config/<name>` lays files over its root filesystem.
    package var hasConfigOverlay = false

    init(name: String, order: Int) {
        self.name = name
        self.order = order
    }
}

extension ContainerManifest {
    /// What else of the revision a container's manifest refers to.
    struct Context {
        let paths: StatePaths
        let device: DeviceManifest
        let defaultRole: Role
    }

    init?(_ field: Field, named directory: String, order: Int, _ context: Context) {
        guard let members = field.members() else { return nil }
        self.init(name: directory, order: order)
        members.expectFormat("service-manifest-run@1")
        ContainerManifest.checkName(members, directory)
        readStart(members, context.paths)
        readVolumes(members, context)
        readGoals(members)
        readRoles(members, context.defaultRole)
        readConnections(members, context.device.pools)
        readRest(members)
        hasConfigOverlay = context.paths.containersWithOverlay.contains(directory)
        members.warnOfUnknown()
    }

    private static func checkName(_ members: Members, _ directory: String) {
        guard let field = members.required("name", "write \(directory.quoted), the name of its directory"),
            let name = field.text(), name != directory
        else { return }
        field.problem("\(name.quoted) is not the name of its directory; write \(directory.quoted)")
    }

    private enum ContainerType: String, CaseIterable { case lxc }

    private mutating func readStart(_ members: Members, _ paths: StatePaths) {
        type = members["type"]?.choice(ContainerType.self)?.rawValue
        guard let field = members["config"], let text = field.text() else { return }
        if let reason = NameRules.objection(toPath: text) {
            field.problem(reason)
        } else if let reason = paths.objection(toObject: "\(name)/\(text)", named: text) {
            field.problem(reason)
        }
        config = text
    }

    private mutating func readGoals(_ members: Members) {
        statusGoal = members["status_goal"]?.choice(StatusGoal.self)
        restartPolicy = members["restart_policy"]?.choice(RestartPolicy.self)
        autoRecovery = members["auto_recovery"].flatMap { AutoRecovery($0) }
        group = members["group"]?.text()
        guard let runlevel = members["runlevel"]?.choice(RunLevel.self) else { return }
        group = group ?? runlevel.rawValue
    }

    /// The groups of old revisions.
    private enum RunLevel: String, CaseIterable { case data, root, platform, app }

    /// A container without `roles` may manage, unless the device says otherwise; one with them only what they say.
    private mutating func readRoles(_ members: Members, _ usual: Role) {
        roles = [usual]
        guard let field = members["roles"] else { return }
        roles = field.elements().compactMap { element in
            guard let text = element.text() else { return nil }
            guard let role = Role(rawValue: text) else {
                element.warning(
                    "\(text.quoted) is not one of \(Role.allCases.map(\.rawValue).listed) and gives nothing")
                return nil
            }
            return role
        }
    }

    private mutating func readConnections(_ members: Members, _ pools: [PoolManifest]) {
        if let field = members["network"] { network = ContainerNetwork(field, pools) }
        if let field = members["services"] { requirements = ServiceRequirement.list(field) }
        guard let drivers = members["drivers"]?.members() else { return }
        self.drivers.required = drivers["required"]?.names() ?? []
        self.drivers.optional = drivers["optional"]?.names() ?? []
        self.drivers.manual = drivers["manual"]?.names() ?? []
        drivers.warnOfUnknown()
    }

    private mutating func readRest(_ members: Members) {
        exports = members["exports"]?.elements().compactMap { $0.absolutePath() } ?? []
        logs = members["logs"]?.elements().compactMap { ContainerManifest.log($0) } ?? []
        devLog = members["dev-log"]?.flag()
        mountsModulesAndFirmware = members["automodfw"]?.flag() ?? true
        if let field = members["remount"] { remount = RemountRule.policies(field) }
        for kept in ["conditions", "share"] { _ = members[kept] }
    }

    /// A path, or `{"file": path}` with settings that a log server of its own has no use for.
    private static func log(_ field: Field) -> String? {
        guard field.value.object != nil else { return field.absolutePath() }
        guard let file = field.members()?["file"] else {
            field.warning("names no file to follow and does nothing")
            return nil
        }
        return file.absolutePath()
    }
}
