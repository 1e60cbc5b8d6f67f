import Drivers
import Model
import Synchronization

/// One runtime's hold on the fake world.
///
/// Making another set ends the one before, as a new process would.
package struct FakeDrivers: Sendable {
    package let world: FakeWorld
    package let containers: FakeContainerDriver
    package let mounts: FakeMountDriver
    package let storage: FakeStorageDriver
    package let bootloader: FakeBootloaderDriver
    package let journal: FakeJournalDriver
    package let hooks: FakeHookDriver
    package let meta: FakeMetaDriver
    package let modules: FakeModuleDriver
    package let power: FakePowerDriver
    package let clock: FakeClock
    /// What containers say of themselves.
    ///
    /// One consumer.
    package let signals: AsyncStream<ContainerSignal>

    package init(_ world: FakeWorld) {
        let (exits, exitSink) = AsyncStream.makeStream(of: ContainerExit.self)
        let (signals, signalSink) = AsyncStream.makeStream(of: ContainerSignal.self)
        let runtime = world.state.withLock { state in
            state.runtime += 1
            state.followed = []
            state.starting = []
            (state.exits, state.signals) = (exitSink, signalSink)
            return state.runtime
        }
        self.world = world
        self.signals = signals
        containers = FakeContainerDriver(world: world, runtime: runtime, exits: exits)
        mounts = FakeMountDriver(world: world, runtime: runtime)
        storage = FakeStorageDriver(world: world, runtime: runtime)
        bootloader = FakeBootloaderDriver(world: world, runtime: runtime)
        journal = FakeJournalDriver(world: world, runtime: runtime)
        hooks = FakeHookDriver(world: world, runtime: runtime)
        meta = FakeMetaDriver(world: world, runtime: runtime)
        modules = FakeModuleDriver(world: world, runtime: runtime)
        power = FakePowerDriver(world: world, runtime: runtime)
        clock = FakeClock(world)
    }

    /// Whether no other runtime took its place.
    package var isAlive: Bool { world.state.withLock { $0.runtime } == storage.runtime }

    /// Lets time pass.
    package func pause(_ duration: Duration) async { await world.wait(until: world.now + duration) }
}
