package import Drivers
import Synchronization

/// A loader in memory; what it stores outlives the runtime and the reboot.
package struct FakeBootloaderDriver: BootloaderDriver {
    let world: FakeWorld
    let runtime: Int

    package func state() async throws(DriverError) -> BootState {
        try await world.call("ReadBootState", "", by: runtime) { state throws(DriverError) in state.boot.told }
    }

    package func install(_ image: BootImage) async throws(DriverError) {
        try await world.call("InstallBoot", image.revision, by: runtime) { state throws(DriverError) in
            try BootRevision.check(image.revision, for: "InstallBoot")
            guard !image.links.isEmpty else {
                throw DriverError("InstallBoot", image.revision, "it names nothing to boot; see bsp/run.json")
            }
            state.boot.installed.insert(image.revision)
        }
    }

    package func setTry(_ revision: String, keeping: String) async throws(DriverError) {
        _ = try await world.call(
            "SetTry", revision, by: runtime,
            { state throws(DriverError) in
                try BootRevision.check(revision, for: "SetTry")
                try BootRevision.check(keeping, for: "SetTry")
                return state.boot.change(to: BootState(revision: keeping, tryRevision: revision))
            },
            then: { [world] isNew in if isNew { world.tell("the loader is to try \(revision)") } })
    }

    package func clearTry() async throws(DriverError) {
        try await world.call("ClearTry", "", by: runtime) { state throws(DriverError) in
            _ = state.boot.change(to: BootState(revision: state.boot.state.revision))
        }
    }

    package func commit(_ revision: String) async throws(DriverError) {
        _ = try await world.call(
            "CommitBoot", revision, by: runtime,
            { state throws(DriverError) in
                try BootRevision.check(revision, for: "CommitBoot")
                return state.boot.change(to: BootState(revision: revision))
            },
            then: { [world] isNew in if isNew { world.tell("the loader comes back to \(revision)") } })
    }
}

/// What a device's loader has stored, and itself.
package struct FakeBoot: Sendable {
    package var state = BootState.factory
    /// Whose boot files it can see.
    package var installed: Set<String> = []
    package var loader = LoaderModel()
    /// What it booted last.
    package var booted: String?
    /// Revisions whose kernel never comes as far as the runtime.
    package var panicking: Set<String> = []

    /// The state as a driver tells it: a loader that obeys must be asked by the reboot, and leaves a trace.
    fileprivate var told: BootState {
        guard loader.kind == .obeys else { return state }
        let argument = state.tryRevision == nil || state.tryRevision == booted ? nil : "0 tryboot"
        return BootState(
            revision: state.revision, tryRevision: state.tryRevision, booted: booted, rebootArgument: argument)
    }

    /// Whether something changed.
    fileprivate mutating func change(to new: BootState) -> Bool {
        guard state != new else { return false }
        state = new
        loader.askAnew()
        return true
    }

    /// `bootless` are the revisions that bring no kernel of their own.
    mutating func boot(_ argument: String?, bootless: Set<String> = []) -> String? {
        // What the device was delivered with is where the loader expects it.
        let bootable = installed.union(bootless).union([state.revision])
        booted = loader.boot(told, argument: argument, canBoot: bootable.contains)
        return booted
    }
}

extension FakeWorld {
    /// The loader as it is now.
    package var boot: FakeBoot { state.withLock { $0.boot } }

    /// The device starts: gives the revision that its loader boots, nil when there is none.
    ///
    /// - Parameter argument: what the reboot was given; nil after a power cut or a panic.
    package func boot(argument: String? = nil) -> String? {
        let (revision, isTry) = state.withLock { state in
            let revision = state.boot.boot(argument)
            return (revision, revision != nil && revision == state.boot.state.tryRevision)
        }
        tell("the loader boots \(revision.map { isTry ? "\($0), to try it" : $0 } ?? "nothing")")
        return revision
    }

    /// Takes a revision's boot files away from the loader.
    package func loseBootFiles(of revision: String) {
        state.withLock { _ = $0.boot.installed.remove(revision) }
    }

    /// Has the device booted by another loader, or by one that remembers something already.
    package func setLoader(_ loader: LoaderModel) {
        state.withLock { $0.boot.loader = loader }
    }
}
