package import Drivers
package import Engine
package import Model

/// Loads the kernel modules that containers ask for before these start, and those that users and containers want by
/// name.
///
/// What is loaded stays, until somebody wants it unloaded: another container may use it, and some modules cannot go.
package struct ModuleController: Controller {
    package typealias Subject = Module

    package enum Action: Sendable, Equatable, CustomStringConvertible {
        case observe([String])
        case load([KernelModule])
        case unload([String])

        package var description: String {
            switch self {
            case .observe(let names): "look for \(names.joined(separator: ", "))"
            case .load(let modules): "load \(modules.map(\.name).joined(separator: ", "))"
            case .unload(let names): "unload \(names.joined(separator: ", "))"
            }
        }
    }

    package static let name = "module"
    package static let inputs: [Input] = [
        .mapping(BSP.self) { _, world in world.all(Module.self).map(\.name) },
        .mapping(UserMeta.self) { _, world in
            world.all(Module.self).filter { $0.spec.modules.contains { $0.utf8.contains(UInt8(ascii: "$")) } }.map(
                \.name)
        },
    ]
    package static let outputs: [Output] = [.status(of: Module.self)]

    private let modules: any KernelModuleDriver

    package init(_ modules: any KernelModuleDriver) {
        self.modules = modules
    }

    package func plan(_ module: Resource<Module>, in world: World) -> Plan<Module, Action> {
        guard !module.metadata.isBeingDeleted else { return .nothing }
        var status = module.status
        var actions: [Action] = []
        switch wanted(of: module, in: world) {
        case .failure(let problem): status.setLoaded(.no, "Failed", problem.message, at: world.wall)
        case .success(let wanted): actions = move(module.spec, wanted, &status, in: world)
        }
        return Plan(status: status == module.status ? nil : status, actions: actions)
    }

    private func move(
        _ spec: Module.Spec, _ wanted: [KernelModule], _ status: inout Module.Status, in world: World
    ) -> [Action] {
        let names = wanted.map(\.name)
        if let bsp = world.get(BSP.self, BSP.currentName), !bsp.status.isReady {
            status.setLoaded(.no, "BSPNotReady", bsp.status.conditions["Mounted"]?.message ?? "", at: world.wall)
            return []
        }
        guard let isLoaded = status.isLoaded, status.observed == names else {
            status.setLoaded(.no, "Unknown", "nobody has looked yet", at: world.wall)
            return [.observe(names)]
        }
        if spec.isWanted, !isLoaded {
            status.setLoaded(.no, "Loading", at: world.wall)
            return [.load(wanted)]
        }
        if isLoaded, spec.load == false {
            status.setLoaded(.no, "Unloading", at: world.wall)
            return [.unload(names.reversed())]
        }
        status.setLoaded(isLoaded ? .yes : .no, isLoaded ? "Loaded" : "NotWanted", at: world.wall)
        return []
    }

    private struct Problem: Error {
        let message: String
    }

    private func wanted(of module: Resource<Module>, in world: World) -> Result<[KernelModule], Problem> {
        guard !module.spec.modules.isEmpty else {
            return .failure(
                Problem(message: "bsp/drivers.json has no alias \"\(module.name)\" for this device; add it"))
        }
        let meta = world.get(UserMeta.self, UserMeta.selfName)?.spec.data ?? [:]
        var wanted: [KernelModule] = []
        for line in module.spec.modules {
            let text = Self.substitute(meta, in: line)
            guard let module = KernelModule(line: text) else {
                return .failure(Problem(message: "\"\(text)\" does not begin with the name of a kernel module"))
            }
            wanted.append(module)
        }
        return .success(wanted)
    }

    /// `${user-meta:KEY}` is the value of the key, or nothing.
    static func substitute(_ meta: [String: String], in line: String) -> String {
        let marker = "${user-meta:"
        var result = ""
        var rest = line[...]
        while let first = rest.first {
            if rest.hasPrefix(marker), let end = rest.firstIndex(of: "}") {
                result += meta[String(rest[..<end].dropFirst(marker.count))] ?? ""
                rest = rest[rest.index(after: end)...]
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<Module> {
        switch action {
        case .observe(let names):
            let loaded = try await modules.loaded(of: names)
            return Facts { status in
                status.observed = names
                status.isLoaded = names.allSatisfy(loaded.contains)
            }
        case .load(let wanted):
            for module in wanted { try await modules.load(module) }
            return Facts { $0.isLoaded = true }
        case .unload(let names):
            for name in names { try await modules.unload(name) }
            return Facts { $0.isLoaded = false }
        }
    }
}

extension Module.Status {
    fileprivate mutating func setLoaded(
        _ state: Condition.Status, _ reason: String, _ message: String = "", at time: Timestamp
    ) {
        conditions.set("Loaded", state, reason: reason, message: message, at: time)
    }
}

extension Resource<Module> {
    /// Why a container that asks for it cannot start yet; nil = it can.
    func obstacle(to container: String) -> String? {
        guard let need = spec.containers[container].flatMap(Module.Need.init), need != .manual else { return nil }
        // What an earlier revision meant by the name says nothing.
        guard status.observedGeneration == metadata.generation else { return "\(name): nobody has looked yet" }
        let loaded = status.conditions["Loaded"]
        guard loaded?.status != .yes else { return nil }
        let failure = loaded.flatMap { $0.reason == "Failed" ? $0.message : nil }
        let stuck = status.conditions[Condition.progressing].flatMap { $0.status == .no ? $0.message : nil }
        let isDecided = failure != nil || stuck != nil || spec.load == false
        if need == .optional, isDecided { return nil }
        return "\(name): \(failure ?? stuck ?? (spec.load == false ? "a user wants it unloaded" : "not loaded yet"))"
    }
}
