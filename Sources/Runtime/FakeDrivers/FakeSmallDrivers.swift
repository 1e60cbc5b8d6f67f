package import Drivers
package import JSON

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
    }
}
