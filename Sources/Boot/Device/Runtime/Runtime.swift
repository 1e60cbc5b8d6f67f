import Controllers
import Drivers
import Engine
import JSON
import LinuxDrivers
import Logging
import Model
import Store
import Synchronization

/// The composition root: store, engine, controllers and sources over one set of drivers.
final class Runtime: Sendable {
    private let settings: RuntimeSettings
    private let drivers: DriverSet
    private let power: RuntimePower
    private let loop: ReconcileLoop
    private let clock: any DeviceClock
    private let logger = Logger(label: "runtime")
    /// Somebody asked for everything to stop before there was a device to write it into.
    private let isPowerOffWanted = Mutex(false)
    /// What the API server shows.
    let store: ResourceStore

    init(
        settings: RuntimeSettings, drivers: DriverSet, power: RuntimePower, clock: any DeviceClock,
        capabilities: Capabilities
    ) throws(EngineError) {
        self.settings = settings
        self.drivers = drivers
        self.power = power
        self.clock = clock
        let seed = UInt64.random(in: .min ... .max)
        // Versions grow over restarts of the runtime: they begin at the device's uptime in microseconds.
        store = ResourceStore(
            firstVersion: ResourceVersion(UInt64(max(clock.now.milliseconds, 1)) * 1000), historyLimit: 1024,
            now: { clock.wall }, uid: UIDs(seed: seed).next)
        loop = try ReconcileLoop(
            store: store, controllers: deviceControllers(drivers, settings: settings.device), clock: clock,
            capabilities: capabilities, logger: Logger(label: "engine"))
    }

    /// Fills the store from storage, loader and journal.
    ///
    /// After this the API may show it.
    func load() async throws {
        let startup = DeviceStartup(drivers: drivers, layout: settings.layout, booted: settings.revision)
        for resource in try await startup.resources() {
            if var meta = resource.as(DeviceMeta.self) {
                meta.status.facts = deviceFacts()
                try store.create(AnyResource(meta))
                continue
            }
            guard var device = resource.as(Device.self) else {
                try store.create(resource)
                continue
            }
            device.status.version = BuildInfo.version
            device.status.arch = BuildInfo.architecture
            for condition in device.status.conditions {
                logger.error(
                    "a revision is no use",
                    metadata: ["reason": "\(condition.reason)", "message": "\(condition.message)"])
            }
            try store.create(AnyResource(device))
        }
        if isPowerOffWanted.withLock({ $0 }) { powerOff() }
    }

    /// Reconciles until the device is to reboot or to power off and everything stopped.
    ///
    /// `serve` is called when it is known again what runs, so that nobody is shown a device without its containers.
    func run(_ serve: () async throws -> Void) async throws -> PowerAction {
        let exits = Task { await forwardExits() }
        let reconciling = Task { await loop.run() }
        await settle(within: .seconds(2))
        try await serve()
        let action = await power.ended
        await loop.stop()
        await reconciling.value
        exits.cancel()
        logger.info("the runtime ends", metadata: ["action": "\(action.rawValue)"])
        return action
    }

    /// Waits until every container was looked for; a driver that does not answer must not keep the API shut for long.
    private func settle(within limit: Duration) async {
        let (store, clock) = (store, clock)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do throws(StoreError) {
                    let changes = try store.changes(WatchOptions(from: .initialEvents))
                    for await _ in changes where store.snapshot().isSettled { return }
                } catch {
                    // A store that cannot be watched is shown as it is.
                }
            }
            group.addTask {
                // Cancelled as soon as everything is known.
                try? await clock.wait(until: clock.now + limit)
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Returns once the engine's loop has let a question in.
    func beat() async { await loop.beat() }

    /// Returns when everything is to be stopped.
    func waitUntilGoingDown() async {
        do throws(StoreError) {
            let changes = try store.changes(WatchOptions(kinds: [Device.descriptor.name], from: .initialEvents))
            for await _ in changes where store.snapshot().get(Device.self, Device.selfName)?.isGoingDown ?? false {
                return
            }
        } catch {
            // The end of the runtime tells the same, only later.
            logger.notice("the device is not watched", metadata: ["error": "\(error)"])
        }
    }

    /// Asks for everything to stop, in order, and for the runtime to end.
    ///
    /// Containers of a runtime that died may be running already, so it comes up first and stops them, too.
    func powerOff() {
        isPowerOffWanted.withLock { $0 = true }
        do {
            try store.modify(Device.self, Device.selfName, part: .main) { $0.spec.power = .off }
        } catch {
            logger.notice("it is to stop as soon as it has come up", metadata: ["why": "\(error)"])
        }
    }

    /// A source: interfaces and their addresses.
    func noteInterfaces() {
        let interfaces = String(decoding: networkInterfaces().compactBytes(), as: UTF8.self)
        let known = store.snapshot().get(DeviceMeta.self, DeviceMeta.selfName)?.status.facts["interfaces"]
        guard interfaces != known else { return }
        loop.observe(DeviceMeta.self, DeviceMeta.selfName, Facts { $0.facts["interfaces"] = interfaces })
    }

    /// The source of exits: facts only.
    private func forwardExits() async {
        for await exit in drivers.containers.exits {
            loop.observe(Container.self, exit.name, exitFacts(of: exit))
        }
    }
}

extension Snapshot {
    /// Whether the revision is expanded and every container of it was looked for.
    fileprivate var isSettled: Bool {
        guard let device = get(Device.self, Device.selfName), device.status.isSwept else { return false }
        return all(Container.self).allSatisfy { $0.status.process != .unknown }
    }
}
