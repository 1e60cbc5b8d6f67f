package import Drivers
package import JSON
import Synchronization

/// Records in memory that outlive a runtime.
package struct FakeJournalDriver: JournalDriver {
    let world: FakeWorld
    let runtime: Int

    package func record(_ name: String) async throws(DriverError) -> JSONValue? {
        try await world.call("ReadJournal", name, by: runtime) { state throws(DriverError) in state.journal[name] }
    }

    package func write(_ record: JSONValue, as name: String) async throws(DriverError) {
        try await world.call("WriteJournal", name, by: runtime) { state throws(DriverError) in
            state.journal[name] = record
        }
    }

    package func remove(_ name: String) async throws(DriverError) {
        try await world.call("RemoveJournal", name, by: runtime) { state throws(DriverError) in
            state.journal[name] = nil
        }
    }
}

/// Remembers how the device was told to end.
package struct FakePowerDriver: PowerDriver {
    let world: FakeWorld
    let runtime: Int

    package func end(_ action: PowerAction, argument: String?, reason: String) async throws(DriverError) {
        try await world.call("EndRun", action.rawValue, by: runtime) { state throws(DriverError) in
            state.ended = (action, argument, reason)
        }
        world.tell("the device ends: \(action.rawValue), \(reason)")
    }
}

/// Remembers which hooks were run.
package struct FakeHookDriver: HookDriver {
    let world: FakeWorld
    let runtime: Int

    package func run(_ point: HookPoint, _ context: HookContext) async throws(DriverError) {
        try await world.call("RunHooks", point.rawValue, by: runtime) { state throws(DriverError) in
            state.hooks.append(point.rawValue)
        }
        world.tell("hooks \(point.rawValue) were run")
    }

    package func begin(_ point: HookPoint, _ context: HookContext) async throws(DriverError) {
        try await run(point, context)
    }
}

/// Metadata in memory: what is saved outlives a power cut, what is shown does not.
package struct FakeMetaDriver: MetaDriver {
    let world: FakeWorld
    let runtime: Int

    package func saved(_ meta: String) async throws(DriverError) -> [String: String] {
        try await world.call("ReadMeta", meta, by: runtime) { state throws(DriverError) in state.meta[meta] ?? [:] }
    }

    package func save(_ value: String?, for key: String, of meta: String) async throws(DriverError) {
        try await world.call("SaveMeta", "\(meta)/\(key)", by: runtime) { state throws(DriverError) in
            state.meta[meta, default: [:]][key] = value
        }
    }

    package func show(_ files: [String: String]?, in directory: String) async throws(DriverError) {
        try await world.call("ShowMeta", directory, by: runtime) { state throws(DriverError) in
            state.shownMeta[directory] = files
        }
    }
}

extension FakeWorld {
    /// What containers find in one of their directories of metadata; nil when it is not there.
    package func meta(shownIn directory: String) -> [String: String]? { state.withLock { $0.shownMeta[directory] } }
    package func meta(savedAs meta: String) -> [String: String] { state.withLock { $0.meta[meta] ?? [:] } }
}

/// Kernel modules in memory, each of which can be loaded.
package struct FakeModuleDriver: KernelModuleDriver {
    let world: FakeWorld
    let runtime: Int

    package func loaded(of names: [String]) async throws(DriverError) -> Set<String> {
        try await world.call("ListModules", names.first ?? "", by: runtime) { state throws(DriverError) in
            Set(names.filter { state.modules[$0] != nil })
        }
    }

    package func load(_ module: KernelModule) async throws(DriverError) {
        try await world.call("LoadModule", module.name, by: runtime) { state throws(DriverError) in
            state.modules[module.name] = state.modules[module.name] ?? module.options
        }
        world.tell("the kernel has \(module.name)")
    }

    package func unload(_ name: String) async throws(DriverError) {
        try await world.call("UnloadModule", name, by: runtime) { state throws(DriverError) in
            state.modules[name] = nil
        }
    }
}

extension FakeWorld {
    /// The points whose hooks were run, in their order.
    package var hooks: [String] { state.withLock { $0.hooks } }
    /// The modules that are loaded, with their options.
    package var modules: [String: [String]] { state.withLock { $0.modules } }
}
