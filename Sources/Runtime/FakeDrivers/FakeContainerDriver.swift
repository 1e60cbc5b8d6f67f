package import Drivers
import Model
import Synchronization

/// Containers in memory, with the same contract as those of liblxc.
package struct FakeContainerDriver: ContainerDriver {
    let world: FakeWorld
    let runtime: Int
    package let exits: AsyncStream<ContainerExit>

    package func inspect(_ name: String) async throws(DriverError) -> RunningContainer? {
        try await world.call("InspectContainer", name, by: runtime) { state throws(DriverError) in
            state.followed.insert(name)
            for exit in state.unreported.removeValue(forKey: name) ?? [] { state.exits?.yield(exit) }
            return state.containers[name]?.run
        }
    }

    package func list() async throws(DriverError) -> [String] {
        try await world.call("ListContainers", "", by: runtime) { state throws(DriverError) in
            state.containers.keys.sorted()
        }
    }

    package func start(_ launch: ContainerLaunch) async throws(DriverError) -> RunningContainer {
        let name = launch.name
        guard world.state.withLock({ $0.starting.insert(name).inserted }) else {
            world.violate("\(name) is started twice at once")
            throw DriverError("StartContainer", name, "it is being started already")
        }
        defer { endStarting(name) }
        return try await world.call(
            "StartContainer", name, by: runtime,
            { state throws(DriverError) in try FakeContainerDriver.start(launch, &state) },
            then: { [world] run, number in
                guard let number else { return }
                world.tell("\(name) runs as pid \(run.pid), start \(number + 1)")
                world.live(name, run, number: number)
            }
        ).0
    }

    private func endStarting(_ name: String) {
        world.state.withLock { if $0.runtime == runtime { $0.starting.remove(name) } }
    }

    /// The number is nil when a container that ran already was adopted.
    private static func start(
        _ launch: ContainerLaunch, _ state: inout FakeWorld.State
    ) throws(DriverError) -> (RunningContainer, Int?) {
        let name = launch.name
        state.followed.insert(name)
        for exit in state.unreported.removeValue(forKey: name) ?? [] { state.exits?.yield(exit) }
        if let known = state.containers[name] { return (known.run, nil) }
        let number = state.starts[name] ?? 0
        state.starts[name] = number + 1
        if let refusal = state.script(of: name, in: launch.revision).run(number).refusal {
            throw DriverError("StartContainer", name, refusal)
        }
        state.lastPid += 1
        let run = RunningContainer(pid: state.lastPid, startedAt: state.now)
        state.containers[name] = FakeWorld.Container(run: run, launch: launch, number: number)
        return (run, number)
    }

    package func stop(_ name: String, grace: Duration) async throws(DriverError) {
        let run = try await world.call(
            "StopContainer", name, by: runtime,
            { state throws(DriverError) in
                state.followed.insert(name)
                for exit in state.unreported.removeValue(forKey: name) ?? [] { state.exits?.yield(exit) }
                return state.containers[name]?.run
            },
            then: { [world] run in
                guard let run else { return }
                world.tell("\(name) (pid \(run.pid)) is asked to halt")
                world.askToHalt(name, run)
            })
        guard let run else { return }
        await world.waitForEnd(of: name, run, until: world.now + grace)
        try world.checkLife(of: runtime, "StopContainer", name)
        world.finish(name, run, code: nil, signal: 9)
    }

    package func freeze(_ name: String) async throws(DriverError) {
        try await setFrozen(true, name, "FreezeContainer")
    }

    package func thaw(_ name: String) async throws(DriverError) {
        try await setFrozen(false, name, "ThawContainer")
    }

    private func setFrozen(_ isFrozen: Bool, _ name: String, _ operation: String) async throws(DriverError) {
        try await world.call(operation, name, by: runtime) { state throws(DriverError) in
            guard state.containers[name] != nil else { throw DriverError(operation, name, "it does not run") }
            state.containers[name]?.isFrozen = isFrozen
        }
    }

    package func exec(_ request: ExecRequest, in name: String) async throws(DriverError) -> any ExecSession {
        try await world.call("ExecInContainer", name, by: runtime) { state throws(DriverError) in
            guard state.containers[name] != nil else {
                throw DriverError("ExecInContainer", name, "it does not run")
            }
        }
        return FakeExecSession(request)
    }
}
