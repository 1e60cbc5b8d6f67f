package import Drivers
import Model

/// A mount table in memory.
package struct FakeMountDriver: MountDriver {
    let world: FakeWorld
    let runtime: Int

    package func observe(_ target: String) async throws(DriverError) -> MountObservation? {
        try await world.call("ObserveMount", target, by: runtime) { state throws(DriverError) in
            state.mounts[target]?.last
        }
    }

    package func mount(_ request: MountRequest, at target: String) async throws(DriverError) -> MountObservation {
        try await world.call(
            "Mount", target, by: runtime,
            { state throws(DriverError) in
                if let there = state.mounts[target]?.last { return (there, false) }
                let observation = try FakeMountDriver.mount(request, at: target, &state)
                state.mounts[target] = [observation]
                return (observation, true)
            },
            then: { [world] made, isNew in
                if isNew { world.tell("\(made.source) is mounted at \(target)") }
            }
        ).0
    }

    private static func mount(
        _ request: MountRequest, at target: String, _ state: inout FakeWorld.State
    ) throws(DriverError) -> MountObservation {
        switch request {
        case .image(let file, let filesystem):
            guard state.files[file] != nil else {
                throw DriverError("Mount", target, errno: 2, "there is no file \(file)")
            }
            state.loops += 1
            return MountObservation(source: file, filesystem: filesystem, loopDevice: "/dev/loop\(state.loops - 1)")
        case .bind(let source, _):
            state.directories.insert(source)
            return MountObservation(source: source, filesystem: "none")
        case .memory: return MountObservation(source: "tmpfs", filesystem: "tmpfs")
        case .overlay: return MountObservation(source: "overlay", filesystem: "overlay")
        }
    }

    package func unmount(_ target: String) async throws(DriverError) {
        _ = try await world.call(
            "Unmount", target, by: runtime,
            { [layout = world.layout] state throws(DriverError) in
                let was = state.mounts.removeValue(forKey: target)
                let user = state.containers.keys.first { target.hasPrefix("\(layout.volumes)/\($0)/") }
                return (was != nil, user)
            },
            then: { [world] wasMounted, user in
                guard wasMounted else { return }
                world.tell("\(target) is unmounted")
                if let user { world.violate("\(target) is unmounted below \(user), which runs") }
            })
    }

    package func list(under directory: String) async throws(DriverError) -> [String] {
        try await world.call("ListMounts", directory, by: runtime) { state throws(DriverError) in
            state.mounts.keys.filter { $0 == directory || $0.hasPrefix(directory + "/") }
                .sorted { ($0.split(separator: "/").count, $0) > ($1.split(separator: "/").count, $1) }
        }
    }
}
