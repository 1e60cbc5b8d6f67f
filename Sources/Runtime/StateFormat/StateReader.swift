import JSON
import Model

/// Reads a whole revision once, and goes on after each problem so that all are found.
struct StateReader {
    let findings = Findings()
    private(set) var files: [String: StateFile] = [:]
    private(set) var device = DeviceManifest()
    private(set) var groups: [GroupManifest] = []
    private(set) var containers: [ContainerManifest] = []
    private(set) var bsp: BSPManifest?
    private(set) var drivers: DriverManifest?
    private(set) var signatures: [String: JSONValue] = [:]
    private(set) var groupNames: [String: String] = [:]
    private(set) var pathsByOwner: [String: [String]] = [:]

    init(_ json: JSONValue, _ options: StateOptions) {
        let root = Field(value: json, place: .root, findings: findings)
        guard let members = root.members() else { return }
        checkFormat(members)
        let paths = StatePaths(members)
        files = paths.files
        pathsByOwner = paths.pathsByOwner
        readDevice(paths, options)
        readBSP(paths, options)
        readContainers(paths, options)
        signatures = paths.documents.filter { $0.key.utf8.starts(with: "\(StatePaths.signatureDirectory)/".utf8) }
            .mapValues(\.value)
        assignGroups()
        checkStart()
        checkAddresses()
        checkServices()
    }

    private func checkFormat(_ members: Members) {
        let format = StatePaths.format
        guard let field = members.required(StatePaths.formatKey, "write \(format.quoted)") else { return }
        guard let text = field.text(), text != format else { return }
        let isLegacy = text == "pantavisor-multi-platform@1"
        let remedy = isLegacy ? "convert the revision with pvr" : "it must be \(format.quoted)"
        field.problem("\(text.quoted) is not a format this version reads; \(remedy)")
    }

    private mutating func readDevice(_ paths: StatePaths, _ options: StateOptions) {
        let legacy = DeviceManifest.legacyFileNames.map { document($0, paths) }
        if let field = document(DeviceManifest.fileName, paths) {
            device = DeviceManifest(field, options)
            legacy.forEach { $0?.warning("is ignored because there is a device.json; remove it") }
        } else {
            device = DeviceManifest(legacyGroups: legacy[0], legacyDisks: legacy[1], options)
        }
        groups = device.groups ?? GroupManifest.defaults(options)
    }

    private mutating func readBSP(_ paths: StatePaths, _ options: StateOptions) {
        if let field = document(BSPManifest.fileName, paths) {
            bsp = BSPManifest(field, paths, options)
        } else if options.bsp == .required {
            findings.problem(JSONPointer([BSPManifest.fileName]), "is missing; this device boots from its revision")
        }
        drivers = document(DriverManifest.fileName, paths).flatMap { DriverManifest($0) }
    }

    /// A document that must be inline when it is there.
    private func document(_ path: String, _ paths: StatePaths) -> Field? {
        if paths.object(path) != nil {
            findings.problem(JSONPointer([path]), "is the hash of an object; it must be an inline document")
        }
        return paths.documents[path]
    }

    private mutating func readContainers(_ paths: StatePaths, _ options: StateOptions) {
        let context = ContainerManifest.Context(paths: paths, device: device, defaultRole: options.defaultRole)
        for (order, name) in paths.containers.enumerated() {
            guard let field = paths.documents["\(name)/run.json"],
                var container = ContainerManifest(field, named: name, order: order, context)
            else { continue }
            if let field = document("\(name)/\(ServiceExport.fileName)", paths) {
                container.exportedServices = ServiceExport.list(field, options)
            }
            containers.append(container)
        }
        let names = Set(paths.containers)
        for name in paths.containersWithOverlay where !names.contains(name) {
            let pointer = JSONPointer(["\(StatePaths.configDirectory)/\(name)"])
            findings.warning(pointer, "holds files for a container that is not in this revision")
        }
        for path in paths.documents.keys where path.utf8.suffix(14).elementsEqual("/services.json".utf8) {
            let parts = NameRules.components(of: path)
            guard parts.count == 2, !names.contains(parts[0]) else { continue }
            findings.warning(JSONPointer([path]), "is ignored: there is no container \(parts[0].quoted)")
        }
    }
}

// MARK: - Groups

extension StateReader {
    private mutating func assignGroups() {
        var ungrouped: [String] = []
        for container in containers {
            guard let name = container.group else {
                ungrouped.append(container.name)
                continue
            }
            groupNames[container.name] = name
            guard !groups.contains(where: { $0.name == name }) else { continue }
            let choices = groups.map(\.name).listed
            problem(container, "group", "\(name.quoted) is no group of this revision (\(choices))")
        }
        place(ungrouped.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    /// Finds a group for containers that name none.
    ///
    /// A revision with groups of its own has its last one for them. Otherwise that is `platform`, and the first of them
    /// is the root when nobody else is.
    private mutating func place(_ ungrouped: [String]) {
        guard device.groups == nil else {
            for name in ungrouped { groupNames[name] = groups.last?.name }
            return
        }
        let hasRoot = groupNames.values.contains("root")
        for (index, name) in ungrouped.enumerated() {
            groupNames[name] = index == 0 && !hasRoot ? "root" : "platform"
        }
    }

    private func problem(_ container: ContainerManifest, _ member: String, _ reason: String) {
        findings.problem(JSONPointer(["\(container.name)/run.json", member]), reason)
    }
}

// MARK: - Checks between documents

extension StateReader {
    /// What must come up needs something to start.
    private func checkStart() {
        for container in containers {
            guard let group = groups.first(where: { $0.name == groupNames[container.name] }) else { continue }
            let goal = container.statusGoal ?? group.statusGoal
            guard goal != .mounted else { continue }
            let run = json(container)
            for (member, remedy) in [("type", "write \"lxc\""), ("config", "name its LXC configuration")]
            where run?[member] == nil {
                let reason =
                    "is missing; \(remedy): its status goal is \(goal.rawValue), from group \(group.name.quoted)"
                problem(container, member, reason)
            }
        }
    }

    private func json(_ container: ContainerManifest) -> JSONValue? {
        guard case .document(let document)? = files["\(container.name)/run.json"] else { return nil }
        return document
    }

    private func checkAddresses() {
        var owners: [String: String] = [:]
        for container in containers.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            for interface in container.network.interfaces {
                guard let address = interface.address else { continue }
                guard let other = owners.updateValue(container.name, forKey: "\(interface.pool) \(address)") else {
                    continue
                }
                let reason =
                    "\(address) in pool \(interface.pool.quoted) is the address of \(other.quoted) too; use another"
                problem(container, "network", reason)
            }
        }
    }

    private func checkServices() {
        var owners: [String: String] = [:]
        var names: Set<String> = []
        for container in containers.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            for export in container.exportedServices {
                switch export {
                case .endpoint(let name, _, _): names.insert(name)
                case .busName(let owned, let bus, _, _):
                    names.formUnion([bus, owned])
                    guard let other = owners.updateValue(container.name, forKey: "\(bus) \(owned)") else { continue }
                    findings.problem(
                        JSONPointer(["\(container.name)/\(ServiceExport.fileName)"]),
                        "\(owned.quoted) on \(bus.quoted) is owned by \(other.quoted) too; only one can own it")
                }
            }
        }
        for container in containers {
            for requirement in container.requirements where requirement.isRequired && !names.contains(requirement.name)
            {
                findings.warning(
                    JSONPointer(["\(container.name)/run.json", "services", "required"]),
                    "\(requirement.name.quoted) is exported by no container of this revision")
            }
        }
    }
}
